import 'server-only'
import { canonicalText } from '#lib/audit/canonical.ts'
import { sha256 } from '#lib/manifests/digest.ts'
import { instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { PackDocument, PackPerson, PackReceipt } from './pack.ts'

/** What a pack is about, as Postgres is asked: a release, or applications (all of them: null) within a time. */
export type Wanted = {
  release: string | null
  applications: string[] | null
  from: string | null
  to: string | null
}

/** One pack holds no more entries; a longer period is asked for in parts. */
export const entriesMax = 10_000
/** Documents beyond this are left out, and each is then told as missing. */
const documentBytesMax = 32 * 1024 * 1024

/** How many entries a pack would hold; counts no further than one over the limit. */
export async function countEntries(
  db: Db | Tx,
  { release, applications, from, to }: Wanted,
): Promise<number> {
  const [row] = await db.$queryRaw<[{ count: bigint }]>`
    SELECT count(*) FROM (
      SELECT FROM audit.entries_about(${release}, ${applications}::text[], ${from}, ${to}) LIMIT ${entriesMax + 1}
    ) entry`
  return Number(row.count)
}

/** The exact entries, ascending. */
export async function readEntries(
  db: Db | Tx,
  { release, applications, from, to }: Wanted,
): Promise<{ seq: number; text: string }[]> {
  const rows = await db.$queryRaw<{ seq: bigint; entry: Uint8Array }[]>`
    SELECT a.seq, e.entry FROM audit.entries_about(${release}, ${applications}::text[], ${from}, ${to}) a
    JOIN audit.event e ON e.id = a.event_id ORDER BY a.seq LIMIT ${entriesMax + 1}`
  return rows.map(({ seq, entry }) => ({ seq: Number(seq), text: Buffer.from(entry).toString('utf8') }))
}

type Kept = {
  digest: string
  body: Uint8Array
  document_digest: string
  document: Uint8Array
  policy: object
}

/** What the requests among these entries name by digest, as far as it is kept: plans, what people saw, policies. */
export async function readDocuments(db: Db | Tx, wanted: Wanted): Promise<PackDocument[]> {
  const { release, applications, from, to } = wanted
  const rows = await db.$queryRaw<Kept[]>`
    SELECT p.digest, p.body, p.document_digest, p.document, r.policy FROM rel.release r JOIN rel.plan p ON p.digest = r.plan_digest
    WHERE r.id IN (SELECT e.release_id FROM audit.entries_about(${release}, ${applications}::text[], ${from}, ${to}) a
                   JOIN audit.event e ON e.id = a.event_id WHERE e.type = 'release.requested')
    ORDER BY r.id`
  const all = new Map<string, PackDocument>()
  let bytes = 0
  const add = (kind: PackDocument['kind'], text: string) => {
    const name = sha256(text)
    if (all.has(name) || bytes + text.length > documentBytesMax) return
    bytes += text.length
    all.set(name, { kind, sha256: name, text })
  }
  for (const { body, document, policy } of rows) {
    add('plan', Buffer.from(body).toString('utf8'))
    add('diff', Buffer.from(document).toString('utf8'))
    // Its digest stands beside it, and is of everything else.
    const { digest: _, ...rest } = policy as { digest?: string }
    add('policy', canonicalText(rest))
  }
  return [...all.values()]
}

/** The names of everybody who did something in these entries, as far as they were not erased. */
export async function readPeople(db: Db | Tx, wanted: Wanted): Promise<PackPerson[]> {
  const { release, applications, from, to } = wanted
  const rows = await db.$queryRaw<{ id: string; name: string; email: string | null }[]>`
    SELECT person_id AS id, name, email FROM access.person_detail
    WHERE person_id IN (SELECT e.actor_id FROM audit.entries_about(${release}, ${applications}::text[], ${from}, ${to}) a
                        JOIN audit.event e ON e.id = a.event_id)
    ORDER BY person_id`
  return rows.map(({ id, name, email }) => ({ id, name, ...(email ? { email } : {}) }))
}

/** The newest anchored checkpoint with its receipts, and the receipts that these entries name. */
export async function readReceipts(db: Db | Tx, named: readonly string[]): Promise<PackReceipt[]> {
  const rows = await db.$queryRaw<ReceiptRow[]>`
    SELECT id::text, anchor, kind, size::int, created_at AS at, receipt FROM audit.receipt
    WHERE id::text = ANY (${[...named]}) OR size = (SELECT max(size) FROM audit.receipt) ORDER BY audit.receipt.id`
  return rows.map((row) => ({ ...row, at: instant(row.at) }))
}
export type ReceiptRow = Omit<PackReceipt, 'at'> & { at: Date }

export type Answer =
  | { state: 'waiting' }
  | { state: 'failed'; problem: string }
  | { state: 'ready'; pack: Uint8Array; name: string }

/** What became of an export that this person asked for; undefined when they asked for none of this name. */
export async function getAnswer(db: Db, id: string, person: string): Promise<Answer | undefined> {
  const [row] = await db.$queryRaw<
    { kind: string; about: string | null; pack: Uint8Array | null; problem: string | null }[]
  >`
    SELECT x.kind, coalesce(x.release_id, x.applications[1]) AS about, p.pack, p.problem
    FROM audit.export x LEFT JOIN audit.pack p ON p.export_id = x.id WHERE x.id = ${id} AND x.person_id = ${person}`
  if (!row) return undefined
  if (row.pack) {
    const about = row.kind === 'period' ? id : (row.about ?? id)
    return { state: 'ready', pack: row.pack, name: `${row.kind}-${about}.evidence.json` }
  }
  return row.problem ? { state: 'failed', problem: row.problem } : { state: 'waiting' }
}
