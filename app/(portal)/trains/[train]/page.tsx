import type { Metadata } from 'next'
import { TrainPage } from '#components/trains/train-page.tsx'
import { loadTrain } from '#lib/trains/loaders.ts'

type Props = { params: Promise<{ train: string }> }

export const metadata: Metadata = { title: 'Train' }

export default async function Train({ params }: Props) {
  return <TrainPage view={await loadTrain((await params).train)} />
}
