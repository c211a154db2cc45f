import type { Metadata } from 'next'
import { NewTrain } from '#components/trains/new-train.tsx'
import { loadNewTrain } from '#lib/trains/loaders.ts'

type Props = { searchParams: Promise<{ q?: string | string[] }> }

export const metadata: Metadata = { title: 'New train' }

export default async function NewTrainPage({ searchParams }: Props) {
  return <NewTrain view={await loadNewTrain(await searchParams)} />
}
