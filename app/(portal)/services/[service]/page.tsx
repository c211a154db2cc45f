import type { Metadata } from 'next'
import { ServiceView } from '#components/catalog/service-view.tsx'
import { visible } from '#components/ui/visible.ts'
import { loadService, nameFrom } from '#lib/catalog/loaders.ts'

type Props = { params: Promise<{ service: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: visible(nameFrom((await params).service)) }
}

export default async function ServicePage({ params }: Props) {
  return <ServiceView page={await loadService(nameFrom((await params).service))} />
}
