import type { Metadata } from 'next'
import { Emergencies } from '#components/emergencies/emergencies.tsx'
import { loadEmergencies } from '#lib/emergencies/loaders.ts'

export const metadata: Metadata = { title: 'Emergencies' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function EmergenciesPage({ searchParams }: Props) {
  return <Emergencies view={await loadEmergencies(await searchParams)} />
}
