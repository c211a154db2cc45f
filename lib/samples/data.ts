import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import type { Reader } from '#lib/catalog/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { Note, Population, Sample, SampleItem } from './sample.ts'

const { sql } = Prisma

/** What a population is made of. `knownAt`: as far as Countersign knew by then. */
export type Scope = {
  kind: Population
  from: Instant
  to: Instant
  environment: string | null
  projects: string[] | null
}

const args = ({ kind, from, to, environment, projects }: Scope, knownAt: Instant | null) =>
  sql`${kind}, ${from}::timestamptz, ${to}::timestamptz, ${environment}, ${projects}::text[], coalesce(${knownAt}::timestamptz, now())`

/** How many items a population has, and the digest of their ids. */
export async function markOf(
  db: Reader,
  scope: Scope,
  knownAt: Instant | null = null,
): Promise<{ items: number; digest: string }> {
  const [row] = await db.$queryRaw<[{ items: number; digest: string }]>`
    SELECT items, digest FROM audit.population_mark(${args(scope, knownAt)})`
  return row
}

/** Ids of a population, ascending by bytes. */
export async function idsOf(db: Reader, scope: Scope, knownAt: Instant | null = null): Promise<string[]> {
  const rows = await db.$queryRaw<{ item: string }[]>`
    SELECT item FROM audit.population(${args(scope, knownAt)}) ORDER BY item COLLATE "C"`
  return rows.map(({ item }) => item)
}

type Row = Omit<Sample, 'from' | 'to' | 'at' | 'seq' | 'signedOff'> & {
  from: Date
  to: Date
  at: Date
  seq: bigint | null
  conclusion: string | null
  paper: string | null
  signedAt: Date | null
  signedSeq: bigint | null
}

const sampleOf = ({ from, to, at, seq, conclusion, paper, signedAt, signedSeq, ...row }: Row): Sample => ({
  ...row,
  from: instant(from),
  to: instant(to),
  at: instant(at),
  seq: Number(seq),
  signedOff:
    conclusion !== null && paper !== null && signedAt
      ? { conclusion, paper, at: instant(signedAt), seq: Number(signedSeq) }
      : null,
})

const columns = sql`s.id, s.kind, s.from_at AS "from", s.to_at AS "to", s.environment, s.projects, s.seed, s.size, s.population, s.digest,
  jsonb_build_object('person', s.person_id, 'name', coalesce(p.name, s.person_id)) AS by, s.created_at AS at, l.seq,
  (SELECT count(*)::int FROM audit.sample_item i WHERE i.sample_id = s.id) AS items,
  (SELECT count(DISTINCT n.n)::int FROM audit.sample_note n WHERE n.sample_id = s.id) AS noted,
  (SELECT count(*)::int FROM (SELECT DISTINCT ON (n.n) n.verdict FROM audit.sample_note n WHERE n.sample_id = s.id ORDER BY n.n, n.id DESC) x
   WHERE x.verdict = 'exception') AS exceptions,
  o.conclusion, o.paper, o.created_at AS "signedAt", m.seq AS "signedSeq"`
const tables = sql`audit.sample s LEFT JOIN access.person_detail p ON p.person_id = s.person_id
  LEFT JOIN audit.log l ON l.event_id = s.event_id
  LEFT JOIN audit.sample_sign_off o ON o.sample_id = s.id LEFT JOIN audit.log m ON m.event_id = o.event_id`

const within = (scope: ReadScope) =>
  scope === 'all'
    ? sql`true`
    : scope === 'none'
      ? sql`false`
      : sql`s.projects IS NOT NULL AND s.projects <@ ${[...scope.projects]}::text[]`

/** Samples newest first, a page of `limit`, as far as somebody may read all that they are about. */
export async function listSamples(
  db: Reader,
  scope: ReadScope,
  { before, limit = 20 }: { before?: string | undefined; limit?: number } = {},
): Promise<{ samples: Sample[]; next?: string }> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT ${columns} FROM ${tables} WHERE ${within(scope)} AND ${before ? sql`s.id < ${before}` : sql`true`}
    ORDER BY s.id DESC LIMIT ${limit + 1}`
  const samples = rows.slice(0, limit).map(sampleOf)
  const last = samples.at(-1)
  return rows.length > limit && last ? { samples, next: last.id } : { samples }
}

/** One sample; null when there is none that somebody may read. */
export async function getSample(db: Reader, scope: ReadScope, id: string): Promise<Sample | null> {
  const [row] = await db.$queryRaw<Row[]>`
    SELECT ${columns} FROM ${tables} WHERE s.id = ${id} AND ${within(scope)}`
  return row ? sampleOf(row) : null
}

/** Its items in the order of the draw, each with its notes. */
export async function listItems(db: Reader, sample: string): Promise<SampleItem[]> {
  const items = await db.$queryRaw<Omit<SampleItem, 'notes'>[]>`
    SELECT n, item, rank FROM audit.sample_item WHERE sample_id = ${sample} ORDER BY n`
  const notes = await db.$queryRaw<
    (Omit<Note, 'at' | 'seq'> & { n: number; at: Date; seq: bigint | null })[]
  >`
    SELECT n.n, n.verdict, n.words, n.created_at AS at, l.seq FROM audit.sample_note n
    LEFT JOIN audit.log l ON l.event_id = n.event_id WHERE n.sample_id = ${sample} ORDER BY n.n, n.id DESC`
  return items.map((item) => ({
    ...item,
    notes: notes
      .filter(({ n }) => n === item.n)
      .map(({ verdict, words, at, seq }) => ({ verdict, words, at: instant(at), seq: Number(seq) })),
  }))
}
