import type { Metadata } from 'next'
import { Findings } from '#components/findings/findings.tsx'
import { loadFindings } from '#lib/findings/loaders.ts'

export const metadata: Metadata = { title: 'Findings' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function FindingsPage({ searchParams }: Props) {
  return <Findings view={await loadFindings(await searchParams)} />
}
