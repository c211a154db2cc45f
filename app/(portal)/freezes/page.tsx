import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { Freezes } from '#components/freezes/freezes.tsx'
import { readZone, ZONE_COOKIE } from '#components/shell/preferences.ts'
import { loadFreezes } from '#lib/freezes/loaders.ts'

export const metadata: Metadata = { title: 'Freezes' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function FreezesPage({ searchParams }: Props) {
  const zone = readZone((await cookies()).get(ZONE_COOKIE)?.value)
  return <Freezes view={await loadFreezes(await searchParams, zone)} />
}
