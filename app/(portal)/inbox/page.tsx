import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { ToSettle } from '#components/emergencies/to-settle.tsx'
import { ToClose } from '#components/findings/to-close.tsx'
import { ReleaseTable } from '#components/releases/release-table.tsx'
import { RefreshOn } from '#components/shell/live.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { loadEmergenciesForMe } from '#lib/emergencies/loaders.ts'
import { loadFindingsForMe } from '#lib/findings/loaders.ts'
import { loadInbox } from '#lib/inbox/loaders.ts'
import { paths } from '#lib/platform/paths.ts'

export const metadata: Metadata = { title: 'Inbox' }

function Quiet({ children }: { children: ReactNode }) {
  return <p className="px-4 py-3 text-ink-muted text-sm">{children}</p>
}

/** What waits for the person who looks, what they asked for, and what else is open. */
export default async function InboxPage() {
  const { needsMe, asked, others } = await loadInbox()
  const [findings, emergencies] = [await loadFindingsForMe(), await loadEmergenciesForMe()]
  const why = new Map(others.map(({ release, why }) => [release.id, why]))
  return (
    <>
      <RefreshOn names={[{ release: '*' }, { finding: true }]} />
      <PageHeader title="Inbox" summary="What expires first stands first" />
      <div className="grid gap-4">
        <ToSettle emergencies={emergencies} />
        <Panel title="Waits for you" note={needsMe.length || undefined} mine={needsMe.length > 0}>
          {needsMe.length > 0 ? (
            <ReleaseTable caption="Releases that wait for you" releases={needsMe} />
          ) : findings.length + emergencies.length > 0 ? (
            <Quiet>No release waits for you.</Quiet>
          ) : (
            <Empty
              kind="nothing-yet"
              title="Nothing waits for you"
              action={<ButtonLink href={paths.releases()}>See all releases</ButtonLink>}
            >
              A release that you may approve, or whose end you may settle, appears here by itself, as does a
              change that no release explains.
            </Empty>
          )}
        </Panel>
        <ToClose findings={findings} />
        <Panel title="You asked" note={asked.length || undefined}>
          {asked.length > 0 ? (
            <ReleaseTable caption="Open releases that you asked for" releases={asked} />
          ) : (
            <Quiet>None of your requests is open.</Quiet>
          )}
        </Panel>
        <Panel title="Everything else that is open" note={others.length || undefined}>
          {others.length > 0 ? (
            <ReleaseTable
              caption="Open releases that do not wait for you"
              releases={others.map(({ release }) => release)}
              note={{ head: 'Why not you', of: ({ id }) => why.get(id) }}
            />
          ) : (
            <Quiet>No other release is open.</Quiet>
          )}
        </Panel>
      </div>
    </>
  )
}
