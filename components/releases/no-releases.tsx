import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { paths } from '#lib/platform/paths.ts'
import type { ReleasesView } from '#lib/releases/loaders.ts'

/** Why the list of releases is empty. */
export function NoReleases({ filter, service, before, sees }: ReleasesView) {
  if (!sees) return <Empty kind="nothing-for-you" title="None of your groups may see releases" />
  if (filter || service || before)
    return (
      <Empty
        kind="nothing-matches"
        title="No release is like that"
        action={<ButtonLink href={paths.releases()}>Show all</ButtonLink>}
      />
    )
  return (
    <Empty
      kind="nothing-yet"
      title="No release yet"
      action={<ButtonLink href={paths.services()}>See what runs where</ButtonLink>}
    >
      Open an application of a protected environment and ask for a release of its plan.
    </Empty>
  )
}
