import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import type { Reader } from '#lib/catalog/data.ts'
import { instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { Cursor, Filter, Line } from './inquiry.ts'
import {
  about,
  applicationOf,
  factsOfReleases,
  proofsOfEvents,
  proofsOfReleases,
  type ReleaseFacts,
  stampOf,
  toneOfState,
  within,
} from './proofs.ts'

const { sql } = Prisma

type Row = {
  id: string
  stamp: string
  kind: 'release' | 'outside'
  application: Line['application']
  version: string | null
  actor: string | null
  /** The finding that explains it, and how that was closed. */
  finding: string | null
  closed: boolean
  events: string[]
  before: boolean
}

const signedWords = ({ signed, required, glass, standard }: ReleaseFacts) =>
  glass
    ? `broke the glass, ${signed.length} signed before`
    : `${signed.length} of ${required} signed${standard ? ', as a standard change' : ''}`

const ofRelease = (row: Row, facts: ReleaseFacts | undefined): Omit<Line, 'entries'> => ({
  ...{ id: row.id, kind: facts?.glass ? 'break-glass' : 'release', at: instant(row.stamp) },
  ...{ application: row.application, what: facts?.version ?? 'cannot tell', asked: facts?.asked ?? null },
  ...{ signed: facts?.signed ?? [], state: facts?.state ?? 'cannot tell' },
  tone: toneOfState(facts?.state ?? ''),
  note: facts ? signedWords(facts) : null,
  ...{ due: null, closedAt: null, release: row.id, finding: null },
})

function ofOutside(row: Row): Omit<Line, 'entries'> {
  const { finding, closed, before } = row
  const state = finding
    ? closed
      ? 'finding closed'
      : 'finding open'
    : before
      ? 'before Countersign'
      : 'not explained'
  return {
    ...{ id: row.id, kind: 'outside', at: instant(row.stamp), application: row.application },
    ...{ what: row.version ?? 'cannot tell', asked: row.actor, signed: [], state },
    tone: before ? 'neutral' : finding && closed ? 'attention' : 'negative',
    note: before
      ? 'In the history of Argo CD when Countersign first saw the application'
      : finding
        ? null
        : 'Neither a release nor a finding is about it: it may not have been inspected yet',
    ...{ due: null, closedAt: null, release: null, finding },
  }
}

/** Changes of protected applications, newest first: releases by their first intent, and what ran without a release. */
export async function listChanges(
  db: Reader,
  scope: ReadScope,
  filter: Filter,
  { before, limit }: { before?: Cursor | undefined; limit: number },
): Promise<{ lines: Line[]; next?: Cursor }> {
  if (scope === 'none') return { lines: [] }
  const glass = sql`EXISTS (SELECT FROM rel.break_glass b WHERE b.release_id = r.id)`
  const releases = sql`
    (SELECT i.release_id AS id, i.created_at AS at, 'release' AS kind, ${applicationOf} AS application, NULL AS version, NULL AS actor,
       NULL AS finding, false AS closed, '{}'::text[] AS events, false AS before
     FROM rel.intent i JOIN rel.release r ON r.id = i.release_id JOIN catalog.application a ON a.id = r.application_id
     WHERE i.n = 1 AND ${about(scope, filter)} AND ${filter.kind === 'outside' ? sql`false` : sql`true`}
       AND ${filter.kind === 'break-glass' ? glass : filter.kind === 'release' ? sql`NOT ${glass}` : sql`true`}
       AND ${within(sql`i.created_at`, sql`i.release_id`, filter, before)} LIMIT ${limit + 1})`
  const outside = sql`
    (SELECT d.id, d.deployed_at AS at, 'outside' AS kind, ${applicationOf} AS application, d.version, d.actor,
       x.finding_id AS finding, c.finding_id IS NOT NULL AS closed, array_remove(ARRAY[f.event_id, c.event_id], NULL) AS events,
       coalesce(x.before_us, false) AS before
     FROM catalog.deployment d JOIN catalog.application a ON a.id = d.application_id
     LEFT JOIN LATERAL (SELECT finding_id, before_us FROM rel.accounted o WHERE o.application_id = d.application_id
       AND o.uid = d.application_uid AND o.history_id = d.history_id LIMIT 1) x ON true
     LEFT JOIN rel.finding f ON f.id = x.finding_id LEFT JOIN rel.finding_closing c ON c.finding_id = f.id
     WHERE d.cause <> 'release' AND a.protected AND ${about(scope, filter)}
       AND ${filter.kind && filter.kind !== 'outside' ? sql`false` : sql`true`}
       AND ${within(sql`d.deployed_at`, sql`d.id`, filter, before)} LIMIT ${limit + 1})`
  const rows = await db.$queryRaw<Row[]>`
    SELECT x.*, ${stampOf(sql`x.at`)} AS stamp FROM (${releases} UNION ALL ${outside}) x ORDER BY x.at DESC, x.id DESC LIMIT ${limit + 1}`
  const page = rows.slice(0, limit)
  const ids = page.flatMap(({ id, kind }) => (kind === 'release' ? [id] : []))
  const facts = await factsOfReleases(db, ids)
  const byRelease = await proofsOfReleases(db, ids)
  const byEvent = await proofsOfEvents(
    db,
    page.flatMap(({ events }) => events),
  )
  const lines = page.map(
    (row): Line =>
      row.kind === 'release'
        ? { ...ofRelease(row, facts.get(row.id)), entries: byRelease.get(row.id) ?? [] }
        : { ...ofOutside(row), entries: row.events.flatMap((event) => byEvent.get(event) ?? []) },
  )
  const last = page.at(-1)
  return rows.length > limit && last ? { lines, next: { at: last.stamp, id: last.id } } : { lines }
}

/** Requests for releases, newest first, each with the policy it is frozen with: whose signers are asked about. */
export async function listRequests(
  db: Reader,
  scope: ReadScope,
  filter: Filter,
  { before, limit }: { before?: Cursor | undefined; limit: number },
): Promise<{ lines: Line[]; next?: Cursor }> {
  if (scope === 'none') return { lines: [] }
  const rows = await db.$queryRaw<{ id: string; stamp: string; application: Line['application'] }[]>`
    SELECT r.id, ${stampOf(sql`r.created_at`)} AS stamp, ${applicationOf} AS application
    FROM rel.release r JOIN catalog.application a ON a.id = r.application_id
    WHERE ${about(scope, filter)} AND ${within(sql`r.created_at`, sql`r.id`, filter, before)} LIMIT ${limit + 1}`
  const page = rows.slice(0, limit)
  const ids = page.map(({ id }) => id)
  const facts = await factsOfReleases(db, ids)
  const proofs = await proofsOfReleases(db, ids)
  const lines = page.map(({ id, stamp, application }): Line => {
    const found = facts.get(id)
    const groups = found?.groups.map(({ group, count }) => `, ${count} from ${group}`).join('') ?? ''
    return {
      ...{ id, kind: found?.glass ? 'break-glass' : 'release', at: instant(stamp), application },
      ...{ what: found?.version ?? 'cannot tell', asked: found?.asked ?? null, signed: found?.signed ?? [] },
      ...{ state: found?.state ?? 'cannot tell', tone: toneOfState(found?.state ?? '') },
      note: found ? `Policy ${found.policy.slice(0, 8)}: ${found.required} to sign${groups}` : null,
      ...{ due: null, closedAt: null, release: id, finding: null, entries: proofs.get(id) ?? [] },
    }
  })
  const last = page.at(-1)
  return rows.length > limit && last ? { lines, next: { at: last.stamp, id: last.id } } : { lines }
}
