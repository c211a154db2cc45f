import type { Metadata } from 'next'
import { ToSettle } from '#components/emergencies/to-settle.tsx'
import { ToClose } from '#components/findings/to-close.tsx'
import { InboxList, InboxTabs } from '#components/inbox/inbox-list.tsx'
import { RefreshOn } from '#components/shell/live.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { loadEmergenciesForMe } from '#lib/emergencies/loaders.ts'
import { loadFindingsForMe } from '#lib/findings/loaders.ts'
import { loadInbox } from '#lib/inbox/loaders.ts'

export const metadata: Metadata = { title: 'Inbox' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

/** What waits for the person who looks, what they asked for, and what else is open. */
export default async function InboxPage({ searchParams }: Props) {
  const view = await loadInbox(await searchParams)
  const mine = view.tab === 'mine'
  const findings = mine ? await loadFindingsForMe() : []
  const emergencies = mine ? await loadEmergenciesForMe() : []
  return (
    <>
      <RefreshOn names={[{ release: '*' }, { finding: true }]} />
      <PageHeader title="Inbox" summary="What expires first stands first, and of that what is riskier" />
      <InboxTabs tab={view.tab} counts={view.counts} />
      <div className="mt-4 grid gap-4">
        <ToSettle emergencies={emergencies} />
        <InboxList view={view} quiet={findings.length + emergencies.length > 0} />
        <ToClose findings={findings} />
      </div>
    </>
  )
}
