import type { Metadata } from 'next'
import { StandardChanges } from '#components/standard-changes/standard-changes.tsx'
import { loadStandardChanges } from '#lib/standard-changes/loaders.ts'

export const metadata: Metadata = { title: 'Standard changes' }

export default async function StandardChangesPage() {
  return <StandardChanges {...(await loadStandardChanges())} />
}
