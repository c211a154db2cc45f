import type { Metadata } from 'next'
import { UnmappedList } from '#components/catalog/unmapped-list.tsx'
import { loadUnmapped } from '#lib/catalog/loaders.ts'

export const metadata: Metadata = { title: 'Unmapped' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function UnmappedPage({ searchParams }: Props) {
  const search = await searchParams
  return <UnmappedList page={await loadUnmapped(search)} first={search.after === undefined} />
}
