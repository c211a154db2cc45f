import type { Metadata } from 'next'
import { Pauses } from '#components/pauses/pauses.tsx'
import { loadPauses } from '#lib/pauses/loaders.ts'

export const metadata: Metadata = { title: 'Pauses' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function PausesPage({ searchParams }: Props) {
  return <Pauses view={await loadPauses(await searchParams)} />
}
