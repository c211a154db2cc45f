import type { Metadata } from 'next'
import { SetList } from '#components/structure/set-list.tsx'
import { loadSets } from '#lib/structure/loaders.ts'

export const metadata: Metadata = { title: 'ApplicationSets' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function ApplicationSetsPage({ searchParams }: Props) {
  return <SetList {...(await loadSets(await searchParams))} />
}
