import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { Forbidden } from '#components/access/forbidden.tsx'
import { History } from '#components/audit/history.tsx'
import { readZone, ZONE_COOKIE } from '#components/shell/preferences.ts'
import { loadHistory } from '#lib/audit/loaders.ts'

export const metadata: Metadata = { title: 'History' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function HistoryPage({ searchParams }: Props) {
  const zone = readZone((await cookies()).get(ZONE_COOKIE)?.value)
  const view = await loadHistory(await searchParams, zone)
  if (view.kind === 'forbidden') return <Forbidden viewer={view.viewer} admins={view.admins} />
  return <History view={view} />
}
