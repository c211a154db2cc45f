import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { Forbidden } from '#components/access/forbidden.tsx'
import { Controls } from '#components/audit/controls.tsx'
import { readZone, ZONE_COOKIE } from '#components/shell/preferences.ts'
import { loadControls } from '#lib/controls/loaders.ts'

export const metadata: Metadata = { title: 'Controls' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function ControlsPage({ searchParams }: Props) {
  const view = await loadControls(await searchParams, readZone((await cookies()).get(ZONE_COOKIE)?.value))
  return view.kind === 'forbidden' ? <Forbidden refusal={view} /> : <Controls view={view} />
}
