import type { Metadata } from 'next'
import { ReleaseTable } from '#components/releases/release-table.tsx'
import { RefreshOn } from '#components/shell/live.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import { paths } from '#lib/platform/paths.ts'
import { loadReleases, type ReleasesView } from '#lib/releases/loaders.ts'

export const metadata: Metadata = { title: 'Releases' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

const tabs = [
  { label: 'All', state: undefined },
  { label: 'Open', state: 'open' },
  { label: 'Released', state: 'succeeded' },
  { label: 'Needs a look', state: 'failed' },
  { label: 'Ended', state: 'ended' },
] as const

function Nothing({ filter, before, sees }: ReleasesView) {
  if (!sees) return <Empty kind="nothing-for-you" title="None of your groups may see releases" />
  if (filter || before)
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

/** Every release that the viewer may see, newest first. */
export default async function ReleasesPage({ searchParams }: Props) {
  const view = await loadReleases(await searchParams)
  const { filter, before, releases, next } = view
  return (
    <>
      <RefreshOn names={[{ release: '*' }]} />
      <PageHeader title="Releases" />
      <Tabs
        label="State"
        tabs={tabs.map(({ label, state }) => ({
          label,
          key: label,
          href: paths.releases({ state }),
          current: filter === state,
        }))}
      />
      <Panel className="mt-4">
        {releases.length === 0 ? (
          <Nothing {...view} />
        ) : (
          <ReleaseTable caption="Releases, newest first" releases={releases} />
        )}
      </Panel>
      {(before || next) && (
        <Pager
          summary={`${releases.length} shown, newest first`}
          previous={before && paths.releases({ state: filter })}
          next={next && paths.releases({ state: filter, before: next })}
        />
      )}
    </>
  )
}
