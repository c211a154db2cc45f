import type { Metadata } from 'next'
import { Forbidden } from '#components/access/forbidden.tsx'
import { WorkingPaper } from '#components/audit/working-paper.tsx'
import { loadSample } from '#lib/samples/loaders.ts'

export const metadata: Metadata = { title: 'Working paper' }

type Props = { params: Promise<{ sample: string }> }

/** A sample on paper. */
export default async function WorkingPaperPage({ params }: Props) {
  const view = await loadSample((await params).sample)
  return view.kind === 'forbidden' ? <Forbidden refusal={view} /> : <WorkingPaper view={view} />
}
