import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import { inScope, type Reader } from '#lib/catalog/rollup.ts'
import { pausedWords } from '#lib/pauses/pause.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { trainWords } from '#lib/trains/train.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { Freeze, FreezeKind, FreezePlace, Holding, Standing } from './freeze.ts'
import type { Occurrence } from './occurrence.ts'
import { heldWords } from './standing.ts'

const { sql } = Prisma

type Row = {
  id: string
  kind: FreezeKind
  place: FreezePlace
  schedule: string | null
  duration_ms: number | null
  starts_at: Date | null
  ends_at: Date | null
  zone: string
  reason: string
  by: string
  at: Date
  ended: { by: string; reason: string; at: string } | null
}

const freezeOf = ({ schedule, duration_ms, starts_at, ends_at, ...row }: Row): Freeze => ({
  ...{ id: row.id, kind: row.kind, place: row.place, zone: row.zone, reason: row.reason, by: row.by },
  times:
    schedule !== null
      ? { kind: 'recurring', schedule, durationMs: Number(duration_ms) }
      : { kind: 'once', from: instant(starts_at ?? row.at), to: instant(ends_at ?? row.at) },
  at: instant(row.at),
  ended: row.ended && { ...row.ended, at: instant(row.ended.at) },
})

const columns = sql`f.id, f.kind, f.schedule, f.duration_ms::float8 AS duration_ms, f.starts_at, f.ends_at, f.zone, f.reason,
  coalesce(d.name, f.person_id) AS by, f.created_at AS at,
  jsonb_build_object('instance', f.instance, 'project', f.project, 'environment', f.environment, 'service', f.service) AS place,
  CASE WHEN e.freeze_id IS NOT NULL THEN jsonb_build_object('by', coalesce(g.name, e.person_id), 'reason', e.reason,
    'at', e.created_at) END AS ended`
const tables = sql`rel.freeze f LEFT JOIN rel.freeze_end e ON e.freeze_id = f.id
  LEFT JOIN access.person_detail d ON d.person_id = f.person_id LEFT JOIN access.person_detail g ON g.person_id = e.person_id`

/** Where a freeze `f` is about an application `a`; the same as in rel.freezes_of. */
const about = sql`(f.instance IS NULL OR f.instance = a.instance) AND (f.project IS NULL OR f.project = a.project)
  AND (f.environment IS NULL OR f.environment = a.environment) AND (f.service IS NULL OR f.service = coalesce(a.service, a.name))`

/** Freezes that concern something somebody may read; of the others they do not hear. */
const concerning = (scope: Exclude<ReadScope, 'none'>) =>
  scope === 'all'
    ? sql`true`
    : sql`EXISTS (SELECT FROM catalog.application a WHERE ${about} AND ${inScope(scope)})`

/** A freeze that is not over: whether it is on, and when that changes as far as it is known. */
export type CurrentFreeze = Freeze & { standing: Exclude<Standing, 'overridden'>; until: Instant | null }

/** More than anybody keeps at once; what is older stays in the log. */
const currentMax = 200

/** Freezes and windows that are not over, newest first. */
export async function listCurrent(db: Reader, scope: ReadScope): Promise<CurrentFreeze[]> {
  if (scope === 'none') return []
  const rows = await db.$queryRaw<(Row & { standing: CurrentFreeze['standing']; until: Date | null })[]>`
    SELECT ${columns}, CASE WHEN NOT n.computed THEN 'unknown' WHEN n.on_until IS NOT NULL THEN 'on' ELSE 'off' END AS standing,
      CASE WHEN n.computed AND coalesce(n.on_until, n.next_from) < n.known_until THEN coalesce(n.on_until, n.next_from) END AS until
    FROM ${tables} JOIN rel.freeze_now n ON n.id = f.id
    WHERE ${concerning(scope)} ORDER BY f.id DESC LIMIT ${currentMax}`
  return rows.map(({ standing, until, ...row }) => ({
    ...freezeOf(row),
    ...{ standing, until: until && instant(until) },
  }))
}

/** Those that somebody ended or whose time is over, newest first, `limit` a page; go on with `before: next`. */
export async function listPast(
  db: Reader,
  scope: ReadScope,
  page: { before?: string | undefined; limit?: number },
): Promise<{ freezes: Freeze[]; next?: string }> {
  if (scope === 'none') return { freezes: [] }
  const limit = page.limit ?? 50
  const rows = await db.$queryRaw<Row[]>`
    SELECT ${columns} FROM ${tables}
    WHERE (e.freeze_id IS NOT NULL OR f.ends_at <= now()) AND ${concerning(scope)}
      AND ${page.before === undefined ? sql`true` : sql`f.id < ${page.before}`}
    ORDER BY f.id DESC LIMIT ${limit + 1}`
  const freezes = rows.slice(0, limit).map(freezeOf)
  const last = freezes.at(-1)
  return rows.length > limit && last ? { freezes, next: last.id } : { freezes }
}

/** One freeze or window, or null when there is none that somebody may hear of. `over`: ended, or its time has passed. */
export async function getFreeze(
  db: Reader,
  scope: ReadScope,
  id: string,
): Promise<(Freeze & { over: boolean }) | null> {
  if (scope === 'none') return null
  const [row] = await db.$queryRaw<(Row & { over: boolean })[]>`
    SELECT ${columns}, e.freeze_id IS NOT NULL OR coalesce(f.ends_at <= clock_timestamp(), false) AS over
    FROM ${tables} WHERE f.id = ${id} AND ${concerning(scope)}`
  return row ? { ...freezeOf(row), over: row.over } : null
}

/** Whether there is anything that a freeze of this place would be about, as far as somebody may read. */
export async function isPlace(db: Reader, scope: ReadScope, place: FreezePlace): Promise<boolean> {
  if (scope === 'none') return false
  const { instance, project, environment, service } = place
  const rows = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM catalog.application a
    WHERE (${instance}::text IS NULL OR a.instance = ${instance}) AND (${project}::text IS NULL OR a.project = ${project})
      AND (${environment}::text IS NULL OR a.environment = ${environment})
      AND (${service}::text IS NULL OR coalesce(a.service, a.name) = ${service}) AND a.gone_at IS NULL AND ${inScope(scope)} LIMIT 1`
  return rows.length > 0
}

/** When these are on between two moments, as computed, in order; one for once too. */
export async function occurrencesOf(
  db: Reader,
  freezes: readonly string[],
  from: Instant,
  to: Instant,
): Promise<Map<string, Occurrence[]>> {
  const rows = await db.$queryRaw<{ id: string; from: Date; to: Date }[]>`
    SELECT s.id, lower(r) AS "from", upper(r) AS "to" FROM (
      SELECT o.freeze_id AS id, range_agg(o.during) AS during FROM rel.freeze_occurrence o
      WHERE o.freeze_id = ANY (${[...freezes]}) AND o.during && tstzrange(${from}::timestamptz, ${to}::timestamptz)
      GROUP BY o.freeze_id
      UNION ALL SELECT f.id, tstzmultirange(tstzrange(f.starts_at, f.ends_at)) FROM rel.freeze f
      WHERE f.id = ANY (${[...freezes]}) AND f.schedule IS NULL
        AND tstzrange(f.starts_at, f.ends_at) && tstzrange(${from}::timestamptz, ${to}::timestamptz)) s,
      unnest(s.during) r ORDER BY 1, 2`
  const found = Map.groupBy(rows, ({ id }) => id)
  return new Map(
    [...found].map(([id, all]) => [id, all.map((r) => ({ from: instant(r.from), to: instant(r.to) }))]),
  )
}

/** The freezes and windows about one application and how each stands for it, what holds longest first. */
export async function freezesOf(db: Reader, application: string): Promise<Holding[]> {
  const rows = await db.$queryRaw<
    (Omit<Holding, 'until' | 'override'> & { until: Date | null; override: Holding['override'] })[]
  >`
    SELECT s.id, s.kind, s.standing, s.until, s.holding, f.zone, f.reason, coalesce(d.name, f.person_id) AS by,
      (SELECT jsonb_build_object('by', coalesce(g.name, o.person_id), 'reason', o.reason, 'at', o.created_at)
       FROM rel.freeze_override o JOIN rel.release r ON r.id = o.release_id
       LEFT JOIN access.person_detail g ON g.person_id = o.person_id
       WHERE o.freeze_id = s.id AND r.application_id = ${application} AND r.finished_at IS NULL) AS override
    FROM rel.freezes_of(${application}) s JOIN rel.freeze f ON f.id = s.id
    LEFT JOIN access.person_detail d ON d.person_id = f.person_id`
  return rows.map(({ until, override, ...row }) => ({
    ...row,
    until: until && instant(until),
    override: override && { ...override, at: instant(override.at) },
  }))
}

/** What releases of these applications wait for, in words, by application: a pause before a freeze before a window. */
export async function heldBy(db: Reader, applications: readonly string[]): Promise<Map<string, string>> {
  if (applications.length === 0) return new Map()
  const rows = await db.$queryRaw<
    {
      application: string
      by: string
      reason: string
      zone: string | null
      kind: FreezeKind
      standing: Standing
      until: Date | null
      train: string | null
      other: string | null
    }[]
  >`SELECT w.application, t.why AS train, t.name AS other, coalesce(d.name, p.person_id, f.person_id) AS by, coalesce(p.reason, f.reason) AS reason, f.zone,
      s.kind, s.standing, s.until
    FROM unnest(${[...applications]}::text[]) AS w (application)
    CROSS JOIN LATERAL (SELECT h.kind, h.id FROM rel.holds(w.application) h LIMIT 1) h
    LEFT JOIN LATERAL (SELECT x.why, n.name FROM rel.release r, rel.train_hold(r.id) x JOIN rel.release o ON o.id = x.release_id
      JOIN catalog.application n ON n.id = o.application_id
      WHERE r.application_id = w.application AND r.finished_at IS NULL) t ON h.kind = 'train'
    LEFT JOIN rel.pause p ON p.id = h.id LEFT JOIN rel.freeze f ON f.id = h.id
    LEFT JOIN LATERAL (SELECT * FROM rel.freezes_of(w.application) o WHERE o.id = f.id) s ON true
    LEFT JOIN access.person_detail d ON d.person_id = coalesce(p.person_id, f.person_id)`
  return new Map(
    rows.map(({ application, zone, until, train, other, ...row }) => [
      application,
      train !== null
        ? trainWords(train, other ?? '')
        : zone === null
          ? pausedWords(row)
          : heldWords({ ...row, zone, until: until && instant(until) }),
    ]),
  )
}

/** Releases that are under way to be sent, of applications that this freeze is about. */
export async function releasesUnder(
  db: Reader,
  freeze: string,
): Promise<{ release: string; application: string }[]> {
  return db.$queryRaw`
    SELECT r.id AS release, r.application_id AS application
    FROM rel.release r JOIN catalog.application a ON a.id = r.application_id JOIN rel.freeze f ON f.id = ${freeze} AND ${about}
    WHERE r.state IN ('requested', 'approved', 'dispatching') ORDER BY r.id`
}
