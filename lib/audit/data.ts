import 'server-only'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import { Prisma } from '#prisma/client/client.ts'
import { type Actor, readEvent, type Subject } from './event.ts'
import type { ExportRow } from './excerpt.ts'
import { type EventGroup, eventGroups, words } from './words.ts'

type Reader = Pick<Db | Tx, '$queryRaw'>

export type HistoryFilter = {
  group?: EventGroup | undefined
  /** A person's id. */
  person?: string | undefined
  service?: string | undefined
  environment?: string | undefined
  application?: string | undefined
  release?: string | undefined
  /** Only what is about applications of these Argo CD projects; everything when left out. */
  projects?: readonly string[] | undefined
  /**
   * Anywhere in an entry, or in the name of who did it; any case. What others looked for does not count: each
   * search would find itself.
   */
  text?: string | undefined
  /** Inclusive. */
  from?: Instant | undefined
  /** Exclusive. */
  to?: Instant | undefined
}

/** How far the proof of an entry reaches: sealed in the chain, in a signed checkpoint, in one that an anchor holds. */
export type Proof = 'sealed' | 'signed' | 'anchored'

export type HistoryEntry = {
  seq: number
  id: string
  at: Instant | null
  type: string
  who: string
  actor: Actor | undefined
  what: string
  on: string | undefined
  subject: Subject
  proof: Proof
}

export type HistoryPage = {
  entries: HistoryEntry[] /** Ask for `before` this to go on; undefined at the end. */
  next?: number
}

type Row = { seq: bigint; id: string; entry: Uint8Array; name: string | null; proof: Proof }

const like = (text: string) => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`

/** The same text as it stands inside JSON. */
const insideJson = (text: string) => JSON.stringify(text).slice(1, -1)

function conditions(filter: HistoryFilter, before: number | undefined): Prisma.Sql {
  const { group, person, service, environment, application, release, projects, text, from, to } = filter
  const all = [
    before === undefined ? undefined : Prisma.sql`l.seq < ${BigInt(before)}`,
    group && Prisma.sql`e.type IN (${Prisma.join([...eventGroups[group]])})`,
    person && Prisma.sql`e.actor_id = ${person}`,
    service && Prisma.sql`e.service = ${service}`,
    environment && Prisma.sql`e.environment = ${environment}`,
    application && Prisma.sql`e.application_id = ${application}`,
    release && Prisma.sql`e.release_id = ${release}`,
    projects &&
      Prisma.sql`e.application_id IN (SELECT id FROM catalog.application WHERE project = ANY(${[...projects]}))`,
    from && Prisma.sql`e.at >= ${from}`,
    to && Prisma.sql`e.at < ${to}`,
    text &&
      Prisma.sql`((e.type <> 'log.read' AND convert_from(e.entry, 'UTF8') ILIKE ${like(insideJson(text))})
        OR p.name ILIKE ${like(text)})`,
  ].filter((condition) => condition !== undefined && condition !== '') as Prisma.Sql[]
  return all.length === 0 ? Prisma.sql`true` : Prisma.join(all, ' AND ')
}

function toEntry({ seq, id, entry, name, proof }: Row): HistoryEntry {
  const read = readEvent(entry)
  const said = words(read, name ?? undefined)
  const common = { seq: Number(seq), id, proof, ...said }
  return read.known
    ? {
        ...common,
        at: instant(read.event.at),
        type: read.event.type,
        actor: read.event.actor,
        subject: read.event.subject,
      }
    : { ...common, at: null, type: read.type, actor: undefined, subject: {} }
}

const selectEntry = Prisma.sql`
  SELECT l.seq, e.id, e.entry, p.name,
    CASE WHEN l.seq < (SELECT coalesce(max(size), 0) FROM audit.receipt) THEN 'anchored'
         WHEN l.seq < (SELECT coalesce(max(size), 0) FROM audit.checkpoint) THEN 'signed'
         ELSE 'sealed' END AS proof
  FROM audit.log l
  JOIN audit.event e ON e.id = l.event_id
  LEFT JOIN access.person_detail p ON p.person_id = e.actor_id`

/** The newest entries that fit the filter, newest first, `limit` (at most 200) a page. */
export async function listHistory(
  db: Reader,
  filter: HistoryFilter,
  { before, limit = 50 }: { before?: number | undefined; limit?: number } = {},
): Promise<HistoryPage> {
  const count = Math.min(Math.max(limit, 1), 200)
  const rows = await db.$queryRaw<Row[]>`
    ${selectEntry} WHERE ${conditions(filter, before)} ORDER BY l.seq DESC LIMIT ${count + 1}`
  const entries = rows.slice(0, count).map(toEntry)
  const last = entries.at(-1)
  return rows.length > count && last ? { entries, next: last.seq } : { entries }
}

/** The newest entries that fit, oldest of them first, with all it takes to prove them; at most `limit`. */
export async function listExportRows(
  db: Reader,
  filter: HistoryFilter,
  limit: number,
): Promise<{ rows: ExportRow[]; cut: boolean }> {
  const found = await db.$queryRaw<
    (Omit<Row, 'proof' | 'id'> & {
      leaf: Uint8Array
      chain: Uint8Array
      at: string
      size: bigint | null
      root: Uint8Array | null
    })[]
  >`
    SELECT l.seq, l.leaf, l.chain, e.entry, e.at, p.name, c.size, c.root
    FROM audit.log l JOIN audit.event e ON e.id = l.event_id
    LEFT JOIN access.person_detail p ON p.person_id = e.actor_id
    LEFT JOIN LATERAL (SELECT size, root FROM audit.checkpoint WHERE size > l.seq ORDER BY size LIMIT 1) c ON true
    WHERE ${conditions(filter, undefined)} ORDER BY l.seq DESC LIMIT ${limit + 1}`
  const rows = found.slice(0, limit).reverse()
  return {
    cut: found.length > limit,
    rows: rows.map(({ seq, leaf, chain, entry, at, name, size, root }) => ({
      ...{ seq: Number(seq), leaf, chain, entry, at, read: readEvent(entry), name: name ?? undefined },
      checkpoint:
        size === null || root === null
          ? undefined
          : { size: Number(size), root: Buffer.from(root).toString('base64') },
    })),
  }
}

/** Every entry about a release, oldest first. */
export async function listReleaseHistory(db: Reader, release: string): Promise<HistoryEntry[]> {
  const rows = await db.$queryRaw<Row[]>`${selectEntry} WHERE e.release_id = ${release} ORDER BY l.seq`
  return rows.map(toEntry)
}

/** How many entries that fit the filter are newer than entry `since`; counts no further than 100. */
export async function countNewer(db: Reader, filter: HistoryFilter, since: number): Promise<number> {
  const [row] = await db.$queryRaw<[{ count: bigint }]>`
    SELECT count(*) FROM (
      SELECT FROM audit.log l
      JOIN audit.event e ON e.id = l.event_id
      LEFT JOIN access.person_detail p ON p.person_id = e.actor_id
      WHERE l.seq > ${BigInt(since)} AND ${conditions(filter, undefined)} LIMIT 100
    ) newer`
  return Number(row.count)
}

/** What the filters offer: everybody by name, and the services of these projects (of all, when left out). */
export async function listChoices(db: Reader, projects?: readonly string[]): Promise<HistoryChoices> {
  const people = await db.$queryRaw<{ id: string; name: string }[]>`
    SELECT person_id AS id, name FROM access.person_detail ORDER BY name, person_id LIMIT 500`
  const services = await db.$queryRaw<{ service: string }[]>`
    SELECT DISTINCT service FROM catalog.application
    WHERE service IS NOT NULL AND ${projects ? Prisma.sql`project = ANY(${[...projects]})` : Prisma.sql`true`}
    ORDER BY service LIMIT 1000`
  return { people, services: services.map(({ service }) => service) }
}
export type HistoryChoices = { people: { id: string; name: string }[]; services: string[] }

/** One entry with the very bytes that were sealed, as text, and its hashes in hex. */
export type ExactEntry = HistoryEntry & { json: string; leaf: string; chain: string }

/** The entry with this number, if there is one and it lies within the filter. */
export async function getEntry(
  db: Reader,
  seq: number,
  filter: HistoryFilter = {},
): Promise<ExactEntry | undefined> {
  const rows = await db.$queryRaw<Row[]>`
    ${selectEntry} WHERE l.seq = ${BigInt(seq)} AND ${conditions(filter, undefined)}`
  const hashes = await db.$queryRaw<{ leaf: string; chain: string }[]>`
    SELECT encode(leaf, 'hex') AS leaf, encode(chain, 'hex') AS chain FROM audit.log WHERE seq = ${BigInt(seq)}`
  const [row, hash] = [rows[0], hashes[0]]
  return row && hash ? { ...toEntry(row), ...hash, json: Buffer.from(row.entry).toString('utf8') } : undefined
}

export type LogState = {
  origin: string
  size: number
  signedSize: number
  anchoredSize: number
  /** When an anchor confirmed last. */
  anchoredAt: Instant | null
  /** Since when the oldest entry that no anchor holds has been waiting; null when all are held. */
  waitingSince: Instant | null
  anchors: { name: string; size: number; failingSince: Instant | null; message: string | null }[]
}

type StateRow = {
  origin: string
  size: bigint
  signed: bigint
  anchored: bigint
  at: Date | null
  waiting: Date | null
}

/** How the log is doing, for the line above the history. It does not verify: `npm run verify` does. */
export async function getLogState(db: Reader): Promise<LogState> {
  const [row] = await db.$queryRaw<[StateRow]>`
    SELECT origin,
      (SELECT coalesce(max(seq) + 1, 0) FROM audit.log) AS size,
      (SELECT coalesce(max(size), 0) FROM audit.checkpoint) AS signed,
      (SELECT coalesce(max(size), 0) FROM audit.receipt) AS anchored,
      (SELECT max(created_at) FROM audit.receipt) AS at,
      (SELECT e.created_at FROM audit.log l JOIN audit.event e ON e.id = l.event_id
       WHERE l.seq = (SELECT coalesce(max(size), 0) FROM audit.receipt)) AS waiting
    FROM audit.origin`
  const anchors = await db.$queryRaw<
    { name: string; size: bigint; since: Date | null; message: string | null }[]
  >`
    SELECT name, size, failing_since AS since, message FROM audit.anchor ORDER BY name`
  return {
    origin: row.origin,
    size: Number(row.size),
    signedSize: Number(row.signed),
    anchoredSize: Number(row.anchored),
    anchoredAt: row.at ? instant(row.at) : null,
    waitingSince: row.waiting ? instant(row.waiting) : null,
    anchors: anchors.map(({ name, size, since, message }) => ({
      name,
      size: Number(size),
      failingSince: since ? instant(since) : null,
      message,
    })),
  }
}
