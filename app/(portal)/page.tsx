import type { Metadata } from 'next'
import { Matrix } from '#components/catalog/matrix.tsx'
import { loadMatrix } from '#lib/catalog/loaders.ts'

export const metadata: Metadata = { title: 'Services' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function ServicesPage({ searchParams }: Props) {
  const { filter, page } = await loadMatrix(await searchParams)
  return <Matrix initial={page} initialFilter={filter} />
}
