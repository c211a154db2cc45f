import type { Metadata } from 'next'
import { Suspense } from 'react'
import { Matrix } from '#components/catalog/matrix.tsx'
import { SkeletonPage } from '#components/ui/skeleton.tsx'
import { loadMatrix } from '#lib/catalog/loaders.ts'
import { loadViews, openDefaultView } from '#lib/views/loaders.ts'

export const metadata: Metadata = { title: 'Services' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

async function Services({ searchParams }: Props) {
  const [{ filter, page }, views] = await Promise.all([loadMatrix(await searchParams), loadViews()])
  return <Matrix initial={page} initialFilter={filter} views={views} />
}

/** Its skeleton stands here and not in a loading file: that would be around every page below, and make each missing one a 200. */
export default async function ServicesPage({ searchParams }: Props) {
  await openDefaultView(await searchParams)
  return (
    <Suspense fallback={<SkeletonPage />}>
      <Services searchParams={searchParams} />
    </Suspense>
  )
}
