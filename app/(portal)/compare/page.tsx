import type { Metadata } from 'next'
import { CompareView } from '#components/comparison/compare-view.tsx'
import { loadComparison } from '#lib/comparison/loaders.ts'

export const metadata: Metadata = { title: 'Compare' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

/** Two environments, two targets or two moments side by side. */
export default async function ComparePage({ searchParams }: Props) {
  return <CompareView page={await loadComparison(await searchParams)} />
}
