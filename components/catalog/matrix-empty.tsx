import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { visible } from '#components/ui/visible.ts'
import type { MatrixPage } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'

/** Why there is no row: the filter, the rules, the rights, or nothing has come yet. */
export function MatrixEmpty({ page }: { page: MatrixPage }) {
  if (page.services > 0)
    return (
      <Empty
        kind="nothing-matches"
        title="No service matches"
        action={<ButtonLink href={paths.services()}>Clear filters</ButtonLink>}
      >
        {page.services} {page.services === 1 ? 'service is' : 'services are'} hidden by the filters.
      </Empty>
    )
  if (page.unmapped > 0)
    return (
      <Empty
        kind="nothing-yet"
        title="No application is mapped to a service yet"
        action={<ButtonLink href={paths.unmapped()}>See why</ButtonLink>}
      >
        {page.unmapped} {page.unmapped === 1 ? 'application' : 'applications'} came from Argo CD, and no rule
        of the configuration says which service they are.
      </Empty>
    )
  if (page.projects)
    return (
      <Empty kind="nothing-for-you" title="No application in your projects">
        <p>
          Your groups let you read {page.projects.map(visible).join(', ')}. Whoever runs Countersign can add a
          project to your groups.
        </p>
      </Empty>
    )
  return (
    <Empty kind="nothing-yet" title="No application has arrived yet">
      <p>
        Applications of Argo CD appear here by themselves, usually within seconds. If none does,{' '}
        <code className="font-mono text-ink">npm run doctor</code> says what is in the way.
      </p>
    </Empty>
  )
}
