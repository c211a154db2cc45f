import type { Metadata } from 'next'
import { SetView } from '#components/structure/set-view.tsx'
import { loadSet } from '#lib/structure/loaders.ts'

export const metadata: Metadata = { title: 'ApplicationSet' }

type Props = { params: Promise<{ instance: string; namespace: string; name: string }> }

export default async function ApplicationSetPage({ params }: Props) {
  return <SetView view={await loadSet(await params)} />
}
