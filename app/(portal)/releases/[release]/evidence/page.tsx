import type { Metadata } from 'next'
import { Forbidden } from '#components/access/forbidden.tsx'
import { EvidenceSheetPage } from '#components/audit/evidence-sheet.tsx'
import { loadSheet } from '#lib/evidence/loaders.ts'

export const metadata: Metadata = { title: 'Evidence of a release' }

type Props = { params: Promise<{ release: string }> }

/** What a pack of this release holds, on paper. */
export default async function EvidencePage({ params }: Props) {
  const sheet = await loadSheet((await params).release)
  if (sheet.kind === 'forbidden') return <Forbidden refusal={sheet} />
  return <EvidenceSheetPage sheet={sheet} />
}
