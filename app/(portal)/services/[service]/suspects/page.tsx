import type { Metadata } from 'next'
import { SuspectsPage } from '#components/signals/suspects.tsx'
import { visible } from '#components/ui/visible.ts'
import { nameFrom } from '#lib/catalog/loaders.ts'
import { loadSuspects } from '#lib/suspects/loaders.ts'

type Props = {
  params: Promise<{ service: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Suspects · ${visible(nameFrom((await params).service))}` }
}

/** Errors of a service began at a moment: which deployments may have caused them. */
export default async function Suspects({ params, searchParams }: Props) {
  return <SuspectsPage view={await loadSuspects(nameFrom((await params).service), await searchParams)} />
}
