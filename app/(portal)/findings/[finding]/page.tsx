import type { Metadata } from 'next'
import { FindingPage } from '#components/findings/finding-page.tsx'
import { loadFinding } from '#lib/findings/loaders.ts'

export const metadata: Metadata = { title: 'Finding' }

type Props = { params: Promise<{ finding: string }> }

export default async function OneFindingPage({ params }: Props) {
  return <FindingPage view={await loadFinding((await params).finding)} />
}
