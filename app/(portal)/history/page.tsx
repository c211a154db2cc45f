import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { notFound } from 'next/navigation'
import { Suspense } from 'react'
import { Forbidden } from '#components/access/forbidden.tsx'
import { History } from '#components/audit/history.tsx'
import { readZone, ZONE_COOKIE } from '#components/shell/preferences.ts'
import { SkeletonPage } from '#components/ui/skeleton.tsx'
import { loadHistory } from '#lib/audit/loaders.ts'

export const metadata: Metadata = { title: 'History' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

async function Loaded({ loading }: { loading: ReturnType<typeof loadHistory> }) {
  const view = await loading
  if (view.kind === 'forbidden') return <Forbidden refusal={view} />
  return <History view={view} />
}

export default async function HistoryPage({ searchParams }: Props) {
  const search = await searchParams
  const loading = loadHistory(search, readZone((await cookies()).get(ZONE_COOKIE)?.value))
  // An entry that is asked for by its number and is not here must be known before the first byte is sent.
  if (search.entry !== undefined) {
    const view = await loading
    if (view.kind === 'history' && view.open === 'not-found') notFound()
  }
  return (
    <Suspense fallback={<SkeletonPage />}>
      <Loaded loading={loading} />
    </Suspense>
  )
}
