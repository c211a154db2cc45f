import type { Metadata } from 'next'
import { NoReleases } from '#components/releases/no-releases.tsx'
import { ReleaseTable } from '#components/releases/release-table.tsx'
import { RefreshOn } from '#components/shell/live.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import { loadReleases } from '#lib/releases/loaders.ts'

export const metadata: Metadata = { title: 'Releases' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

const tabs = [
  { label: 'All', state: undefined },
  { label: 'Open', state: 'open' },
  { label: 'Released', state: 'succeeded' },
  { label: 'Needs a look', state: 'failed' },
  { label: 'Ended', state: 'ended' },
] as const

/** Every release that the viewer may see, newest first. */
export default async function ReleasesPage({ searchParams }: Props) {
  const view = await loadReleases(await searchParams)
  const { filter, service, before, releases, next } = view
  return (
    <>
      <RefreshOn names={[{ release: '*' }]} />
      <PageHeader
        title={service ? `Releases of ${visible(service)}` : 'Releases'}
        actions={
          service ? (
            <ButtonLink href={paths.releases({ state: filter })}>All services</ButtonLink>
          ) : (
            <ButtonLink href={paths.newTrain()}>Request a train…</ButtonLink>
          )
        }
      />
      <Tabs
        label="State"
        tabs={tabs.map(({ label, state }) => ({
          label,
          key: label,
          href: paths.releases({ state, service }),
          current: filter === state,
        }))}
      />
      <Panel className="mt-4">
        {releases.length === 0 ? (
          <NoReleases {...view} />
        ) : (
          <ReleaseTable caption="Releases, newest first" releases={releases} />
        )}
      </Panel>
      {(before || next) && (
        <Pager
          summary={`${releases.length} shown, newest first`}
          previous={before && paths.releases({ state: filter, service })}
          next={next && paths.releases({ state: filter, service, before: next })}
        />
      )}
    </>
  )
}
