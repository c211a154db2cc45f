import type { Metadata } from 'next'
import { UnmappedList } from '#components/catalog/unmapped-list.tsx'
import { loadUnmapped } from '#lib/catalog/loaders.ts'

export const metadata: Metadata = { title: 'Unmapped' }

export default async function UnmappedPage() {
  return <UnmappedList applications={await loadUnmapped()} />
}
