import type { Metadata } from 'next'
import { Forbidden } from '#components/access/forbidden.tsx'
import { SamplePage } from '#components/audit/sample-page.tsx'
import { loadSample } from '#lib/samples/loaders.ts'

export const metadata: Metadata = { title: 'Sample' }

type Props = { params: Promise<{ sample: string }> }

export default async function OneSamplePage({ params }: Props) {
  const view = await loadSample((await params).sample)
  return view.kind === 'forbidden' ? <Forbidden refusal={view} /> : <SamplePage view={view} />
}
