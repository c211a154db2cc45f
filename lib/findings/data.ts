import 'server-only'
import { can, type ReadScope, readScope, type Viewer } from '#lib/access/policy.ts'
import { inScope, type Reader } from '#lib/catalog/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { OpenFindings } from './check.ts'
import {
  type Finding,
  type FindingClosing,
  type FindingKind,
  type FindingRow,
  mayCloseFinding,
} from './finding.ts'

export type FindingFilter = {
  kind?: FindingKind | undefined
  state?: 'open' | 'closed' | undefined
  application?: string | undefined
  service?: string | undefined
  from?: Instant | undefined
  to?: Instant | undefined
}

type Stored<T extends FindingRow> = Omit<T, 'at' | 'foundAt' | 'lastSeenAt' | 'closing'> & {
  at: Date | null
  foundAt: Date
  lastSeenAt: Date
  closing: (Omit<FindingClosing, 'at'> & { at: string }) | null
}

function timesOf({ at, foundAt, lastSeenAt, closing }: Stored<FindingRow>) {
  return {
    at: at && instant(at),
    foundAt: instant(foundAt),
    lastSeenAt: instant(lastSeenAt),
    closing: closing && { ...closing, at: instant(closing.at) },
  }
}

const columns = Prisma.sql`f.id, f.kind, f.blocks, f.sentence, f.says_who AS "saysWho", f.happened_at AS at,
  f.found_at AS "foundAt", f.last_seen_at AS "lastSeenAt", f.source,
  jsonb_build_object('id', a.id, 'name', a.name, 'instance', a.instance, 'project', a.project, 'service', a.service,
    'environment', a.environment) AS application,
  CASE WHEN c.finding_id IS NOT NULL THEN jsonb_build_object('kind', c.kind, 'reason', c.reason, 'reference', c.reference,
    'person', c.person_id, 'name', coalesce(p.name, c.person_id), 'at', c.closed_at) END AS closing`
const tables = Prisma.sql`rel.finding f JOIN catalog.application a ON a.id = f.application_id
  LEFT JOIN rel.finding_closing c ON c.finding_id = f.id LEFT JOIN access.person_detail p ON p.person_id = c.person_id`

/** Findings newest first, `limit` a page, within what somebody may read; go on with `before: next`. */
export async function listFindings(
  db: Reader,
  scope: ReadScope,
  filter: FindingFilter,
  page: { before?: string | undefined; limit?: number } = {},
): Promise<{ findings: FindingRow[]; next?: string }> {
  if (scope === 'none') return { findings: [] }
  const limit = page.limit ?? 50
  const where = [
    inScope(scope),
    filter.kind && Prisma.sql`f.kind = ${filter.kind}`,
    filter.state && Prisma.sql`(c.finding_id IS NULL) = ${filter.state === 'open'}`,
    filter.application && Prisma.sql`f.application_id = ${filter.application}`,
    filter.service && Prisma.sql`a.service = ${filter.service}`,
    filter.from && Prisma.sql`f.found_at >= ${filter.from}::timestamptz`,
    filter.to && Prisma.sql`f.found_at < ${filter.to}::timestamptz`,
    page.before && Prisma.sql`f.id < ${page.before}`,
  ].filter((each) => each !== undefined && each !== '')
  const rows = await db.$queryRaw<Stored<FindingRow>[]>`
    SELECT ${columns} FROM ${tables} WHERE ${Prisma.join(where as Prisma.Sql[], ' AND ')}
    ORDER BY f.id DESC LIMIT ${limit + 1}`
  const findings = rows.slice(0, limit).map((row): FindingRow => ({ ...row, ...timesOf(row) }))
  const last = findings.at(-1)
  return rows.length > limit && last ? { findings, next: last.id } : { findings }
}

/** One finding, or null when there is none that somebody may read. */
export async function getFinding(db: Reader, scope: ReadScope, id: string): Promise<Finding | null> {
  if (scope === 'none') return null
  const [row] = await db.$queryRaw<Stored<Finding>[]>`
    SELECT ${columns}, f.differences FROM ${tables} WHERE f.id = ${id} AND ${inScope(scope)}`
  return row ? { ...row, ...timesOf(row) } : null
}

/** Every name an Argo CD may know this person by. */
export async function namesOf(db: Reader, person: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ subject: string; email: string | null; name: string | null }[]>`
    SELECT a.subject, d.email, d.name FROM access.account a LEFT JOIN access.person_detail d ON d.person_id = a.person_id
    WHERE a.person_id = ${person}`
  return rows.flatMap(({ subject, email, name }) => [subject, email, name].filter((each) => each !== null))
}

export type Coverage = {
  changes: number
  released: number
  found: number
  open: number
  /** In a history already when its application was first seen. */
  before: number
}

/** I16 as a count: how many syncs of protected applications there were, and what each belongs to. */
export async function coverage(db: Reader, scope: ReadScope): Promise<Coverage> {
  if (scope === 'none') return { changes: 0, released: 0, found: 0, open: 0, before: 0 }
  const [row] = await db.$queryRaw<Coverage[]>`
    SELECT count(*) FILTER (WHERE NOT x.before_us)::int AS changes, count(x.release_id)::int AS released,
      count(x.finding_id)::int AS found,
      (count(x.finding_id) FILTER (WHERE c.finding_id IS NULL))::int AS open,
      count(*) FILTER (WHERE x.before_us)::int AS before
    FROM rel.accounted x JOIN catalog.application a ON a.id = x.application_id
    LEFT JOIN rel.finding_closing c ON c.finding_id = x.finding_id
    WHERE ${inScope(scope)}`
  return row ?? { changes: 0, released: 0, found: 0, open: 0, before: 0 }
}

/** History ids of protected applications that belong to nothing: none once the worker has looked (I16). */
export async function unaccounted(db: Reader): Promise<{ application: string; historyId: number }[]> {
  return db.$queryRaw`
    SELECT a.id AS application, (h ->> 'id')::int AS "historyId"
    FROM catalog.application a JOIN rel.baseline b ON b.application_id = a.id,
      jsonb_array_elements(a.observed -> 'history') h
    WHERE a.protected AND a.gone_at IS NULL AND NOT EXISTS (SELECT FROM rel.accounted x
      WHERE x.application_id = a.id AND x.history_id = (h ->> 'id')::bigint)`
}

/** Open findings of one application, as its next release is checked by them. */
export async function openFindings(db: Reader, application: string): Promise<OpenFindings> {
  const rows = await db.$queryRaw<{ sentence: string; blocks: boolean }[]>`
    SELECT f.sentence, f.blocks FROM rel.finding f LEFT JOIN rel.finding_closing c ON c.finding_id = f.id
    WHERE f.application_id = ${application} AND c.finding_id IS NULL ORDER BY f.id DESC`
  const blocking = rows.find(({ blocks }) => blocks)?.sentence ?? null
  return { count: rows.length, newest: rows[0]?.sentence ?? null, blocking }
}

/** Who has more than this to close sees the newest of them; the number beside the inbox stops there. */
const findingsForMax = 100

/** Open findings that this viewer may close, newest first. */
export async function listFindingsFor(db: Reader, viewer: Viewer): Promise<FindingRow[]> {
  if (!can(viewer, 'decide:release')) return []
  const page = { limit: findingsForMax }
  const { findings } = await listFindings(db, readScope(viewer), { state: 'open' }, page)
  if (findings.length === 0) return []
  const names = await namesOf(db, viewer.personId)
  return findings.filter((finding) => mayCloseFinding(finding, viewer, names).ok)
}
