import 'server-only'
import { notFound } from 'next/navigation'
import { readScope, type Viewer } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { readMoment } from '#lib/past/moment.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import type { Db } from '#lib/platform/db.ts'
import { deploymentsAround } from './data.ts'
import { rankSuspects, type Suspect } from './suspect.ts'

type Search = Record<string, string | string[] | undefined>

export type SuspectsView = {
  service: string
  environment: string
  environments: string[]
  /** When the errors began; now, when nobody said. */
  at: Instant
  problem: string | undefined
  suspects: Suspect[]
}

/** Suspects for errors of a service that began at a moment; null: no such service there, or not theirs to see. */
export async function readSuspects(
  db: Db,
  viewer: Viewer,
  of: { service: string; environment: string },
  at: Instant,
): Promise<Suspect[] | null> {
  const deployed = await deploymentsAround(db, readScope(viewer), of, at)
  return deployed && rankSuspects(deployed, at)
}

/** For the page: `at` and `environment` of its address. Without an environment the furthest one that the service is in. */
export async function loadSuspects(service: string, search: Search): Promise<SuspectsView> {
  const viewer = await requireViewer()
  const now = clock.now()
  const one = (name: string) => [search[name]].flat()[0]
  const { at, problem } = readMoment(one('at'), now)
  const names = getConfig().catalog.environments.map(({ name }) => name)
  const asked = one('environment')
  const tried = asked !== undefined && names.includes(asked) ? [asked] : names.toReversed()
  const moment = at ?? now
  for (const environment of tried) {
    const suspects = await readSuspects(getDb(), viewer, { service, environment }, moment)
    if (suspects) return { service, environment, environments: names, at: moment, problem, suspects }
  }
  notFound()
}
