import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { Suspense } from 'react'
import { Matrix } from '#components/catalog/matrix.tsx'
import { MatrixThen } from '#components/past/matrix-then.tsx'
import { Ribbon } from '#components/past/ribbon.tsx'
import { SkeletonPage } from '#components/ui/skeleton.tsx'
import { loadMatrix } from '#lib/catalog/loaders.ts'
import { loadMatrixThen, loadMoment } from '#lib/past/loaders.ts'
import { loadViews, openDefaultView } from '#lib/views/loaders.ts'

export const metadata: Metadata = { title: 'Services' }

type Search = Record<string, string | string[] | undefined>
type Props = { searchParams: Promise<Search> }

async function Services({ searchParams }: Props) {
  const search = await searchParams
  const moment = search.at === undefined ? { is: 'now' as const } : await loadMoment(search)
  if (moment.is === 'then') {
    return <MatrixThen {...(await loadMatrixThen(search, moment.at))} />
  }
  const [{ filter, page }, views] = await Promise.all([loadMatrix(search), loadViews()])
  const phone = /Mobi/.test((await headers()).get('user-agent') ?? '')
  const matrix = <Matrix initial={page} initialFilter={filter} views={views} phone={phone} />
  if (moment.is === 'now') return matrix
  return (
    <>
      <Ribbon moment={moment.moment} problem={moment.problem} />
      {matrix}
    </>
  )
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
