import type { Metadata } from 'next'
import { Forbidden } from '#components/access/forbidden.tsx'
import { Samples } from '#components/audit/samples.tsx'
import { loadSamples } from '#lib/samples/loaders.ts'

export const metadata: Metadata = { title: 'Samples' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function SamplesPage({ searchParams }: Props) {
  const view = await loadSamples(await searchParams)
  return view.kind === 'forbidden' ? <Forbidden refusal={view} /> : <Samples view={view} />
}
