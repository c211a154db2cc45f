import type { Metadata } from 'next'
import { ServiceView } from '#components/catalog/service-view.tsx'
import { Ribbon } from '#components/past/ribbon.tsx'
import { ServiceThen } from '#components/service/service-then.tsx'
import { visible } from '#components/ui/visible.ts'
import { loadService, nameFrom } from '#lib/catalog/loaders.ts'
import { loadOpenFindings } from '#lib/findings/loaders.ts'
import { loadMoment, loadServiceLately, loadServiceThen } from '#lib/past/loaders.ts'

type Props = {
  params: Promise<{ service: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: visible(nameFrom((await params).service)) }
}

/** One service: what runs in every environment, and what ever did. With `at`: as it was then. */
export default async function ServicePage({ params, searchParams }: Props) {
  const service = nameFrom((await params).service)
  const search = await searchParams
  const moment = search.at === undefined ? { is: 'now' as const } : await loadMoment(search)
  if (moment.is === 'then') return <ServiceThen found={await loadServiceThen(service, search, moment.at)} />
  const [page, lately, unexplained] = await Promise.all([
    loadService(service),
    loadServiceLately(service, search),
    loadOpenFindings({ service }),
  ])
  return (
    <>
      {moment.is === 'wrong' && <Ribbon moment={moment.moment} problem={moment.problem} />}
      <ServiceView page={page} lately={lately} unexplained={unexplained} />
    </>
  )
}
