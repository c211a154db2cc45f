import 'server-only'
import { can, readScope } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { listPlaces } from '#lib/pauses/data.ts'
import { clock, type Instant, instant, plus } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import { offsetMs } from '#lib/structure/window.ts'
import { type CurrentFreeze, listCurrent, listPast, occurrencesOf } from './data.ts'
import { explainFreeze, type Freeze, type FreezeKind, mayFreeze } from './freeze.ts'
import type { Occurrence } from './occurrence.ts'
import { freezeQuerySchema } from './schema.ts'

const dayMs = 24 * 60 * 60_000
const stripDays = 14

/** A freeze that is not over, its next times, and why the viewer cannot end it; undefined when they can. */
export type FreezeRow = CurrentFreeze & { refusal: string | undefined }

/** When each is on, over 14 days from midnight in the viewer's zone; `days` are the midnights, one more than days. */
export type Strip = {
  n: number
  days: Instant[]
  now: Instant
  rows: { freeze: CurrentFreeze; times: Occurrence[] }[]
}

export type FreezesView = {
  zone: string
  on: FreezeRow[]
  off: FreezeRow[]
  past: Freeze[]
  before: string | undefined
  next?: string
  strip: Strip
  /** Which form the address opens. */
  making: FreezeKind | undefined
  places: { instances: string[]; projects: string[]; environments: string[] }
  /** Why the viewer cannot make any; undefined when they can. */
  refusal: string | undefined
}

/** Midnight of the day on which `at` is by the clock of a zone, and of the days after it. */
function midnights(zone: string, at: Instant, skip: number): Instant[] {
  const wall = Date.parse(at) + offsetMs(zone, Date.parse(at))
  const first = Math.floor(wall / dayMs) + skip
  return Array.from({ length: stripDays + 1 }, (_, index) => {
    const midnight = (first + index) * dayMs
    const guess = midnight - offsetMs(zone, midnight)
    return instant(midnight - offsetMs(zone, guess))
  })
}

/** Freezes and windows now, next and past, the strip of 14 days, and what the viewer may do about them. */
export async function loadFreezes(
  search: Record<string, string | string[] | undefined>,
  zone: string,
): Promise<FreezesView> {
  const viewer = await requireViewer()
  const scope = readScope(viewer)
  const one = (name: string) => [search[name]].flat()[0]
  const asked = freezeQuerySchema.parse({ before: one('before'), strip: one('strip'), new: one('new') })
  const db = getDb()
  const now = clock.now()
  const days = midnights(zone, now, asked.strip * stripDays)
  const [current, past, places] = await Promise.all([
    listCurrent(db, scope),
    listPast(db, scope, { before: asked.before }),
    listPlaces(db, scope),
  ])
  const times = await occurrencesOf(
    db,
    current.map(({ id }) => id),
    days[0] ?? now,
    days.at(-1) ?? plus(now, stripDays * dayMs),
  )
  const rows = current.map((freeze) => {
    const may = mayFreeze(freeze.place, viewer)
    return { ...freeze, refusal: may.ok ? undefined : explainFreeze(may.refusal) }
  })
  const anywhere = { instance: null, project: null, environment: null, service: null }
  const allowed = mayFreeze(anywhere, { ...viewer, grants: viewer.grants.map(({ role }) => ({ role })) })
  return {
    zone,
    on: rows.filter(({ standing }) => standing !== 'off'),
    off: rows.filter(({ standing }) => standing === 'off'),
    past: past.freezes,
    before: asked.before,
    ...(past.next !== undefined && { next: past.next }),
    strip: {
      n: asked.strip,
      days,
      now,
      rows: current.map((freeze) => ({ freeze, times: times.get(freeze.id) ?? [] })),
    },
    making: can(viewer, 'freeze') ? asked.new : undefined,
    places: { ...places, environments: getConfig().catalog.environments.map(({ name }) => name) },
    refusal: allowed.ok ? undefined : explainFreeze(allowed.refusal),
  }
}
