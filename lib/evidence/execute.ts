import 'server-only'
import type { NoteSigner } from '#lib/audit/checkpoint.ts'
import { sha256Hex } from '#lib/audit/merkle.ts'
import type { Queryable } from '#lib/audit/rows.ts'
import type { Tiles } from '#lib/audit/tiles.ts'
import { clock, instant } from '#lib/platform/clock.ts'
import { log } from '#lib/platform/log.ts'
import { at, namedBy, typeOf } from './checklist.ts'
import { entriesMax, type ReceiptRow } from './data.ts'
import { sealEnvelope } from './envelope.ts'
import { makeStatement } from './make.ts'
import type { PackDocument, PackPerson, PackReceipt, Scope } from './pack.ts'
import { verifyPack } from './verify-pack.ts'

type Asked = {
  id: string
  kind: Scope['kind']
  release_id: string | null
  applications: string[] | null
  from_at: string | null
  to_at: string | null
  attached: Buffer
  event_id: string
}
type Head = { size: string; root: Buffer; note: string }

/** What it takes to answer: a connection that reads the log, the key, and the tree so far. */
export type Answering = { client: Queryable; origin: string; signer: NoteSigner; tiles: Tiles }

function scopeOf({ kind, release_id, applications, from_at, to_at }: Asked): Scope {
  const from = from_at ?? ''
  const to = to_at ?? ''
  if (kind === 'release') return { kind, release: release_id ?? '' }
  if (kind === 'application')
    return { kind, application: applications?.[0] ?? '', ...(from && { from }), ...(to && { to }) }
  return { kind, from, to, ...(applications && { applications }) }
}

/** The newest head that an anchor confirmed, when it covers all of them; else the newest there is. */
async function headFor({ client, signer }: Answering, last: number): Promise<Head> {
  const { rows } = await client.query<Head>(
    `SELECT c.size, c.root, c.note FROM audit.checkpoint c WHERE c.key_id = $1 AND c.size > $2
     ORDER BY EXISTS (SELECT FROM audit.receipt r WHERE r.size = c.size) DESC, c.size DESC LIMIT 1`,
    [signer.id, last],
  )
  const [head] = rows
  if (!head) throw new Error(`no checkpoint covers entry ${last} yet`)
  return head
}

async function receiptsFor(client: Queryable, size: string, named: string[]): Promise<PackReceipt[]> {
  const { rows } = await client.query<ReceiptRow>(
    `SELECT id::text, anchor, kind, size::int, created_at AS at, receipt FROM audit.receipt
     WHERE size = $1 OR id = ANY ($2::bigint[]) ORDER BY audit.receipt.id`,
    [size, named],
  )
  return rows.map((row) => ({ ...row, at: instant(row.at) }))
}

/** Makes one pack from our own log and signs it. What our own verifier would refuse is not handed out. */
async function makePack(given: Answering, asked: Asked): Promise<string> {
  const { client, origin, signer, tiles } = given
  const { rows } = await client.query<{ seq: string; entry: Buffer }>(
    `SELECT a.seq, e.entry FROM audit.entries_about($1, $2, $3, $4) a JOIN audit.event e ON e.id = a.event_id
     WHERE a.seq < (SELECT max(size) FROM audit.checkpoint WHERE key_id = $5) ORDER BY a.seq LIMIT ${entriesMax + 1}`,
    [asked.release_id, asked.applications, asked.from_at, asked.to_at, signer.id],
  )
  if (rows.length === 0 || rows.length > entriesMax)
    throw new Error(rows.length === 0 ? 'no signed entry is about that' : `it has over ${entriesMax} entries`)
  const entries = rows.map(({ seq, entry }) => ({ seq: Number(seq), text: entry.toString('utf8') }))
  const seqs = entries.map(({ seq }) => seq)
  const head = await headFor(given, seqs.at(-1) ?? 0)
  const checkpoint = { size: Number(head.size), root: head.root }
  const { documents, people } = JSON.parse(asked.attached.toString('utf8')) as {
    documents: PackDocument[]
    people: PackPerson[]
  }
  const read = entries.map(({ seq, text }) => ({ seq, value: JSON.parse(text) as unknown }))
  const receipts = read.flatMap((entry) => {
    const receipt = at(entry.value, 'data', 'receipt')
    return typeOf(entry) === 'release.intent' && /^\d{1,18}$/.test(String(receipt)) ? [String(receipt)] : []
  })
  // What the web attached is taken only for what entries name; a document that is not its digest is a missing one.
  const digests = namedBy(read)
  const genuine = documents.filter(
    ({ sha256, text }) => digests.has(sha256) && sha256Hex(Buffer.from(text, 'utf8')) === sha256,
  )
  const statement = makeStatement({
    scope: scopeOf(asked),
    origin,
    at: clock.now(),
    request: asked.event_id,
    checkpoint: head.note,
    root: head.root,
    receipts: await receiptsFor(client, head.size, receipts),
    entries,
    documents: genuine,
    people,
    proofOf: await tiles.prover(client, checkpoint, seqs),
  })
  const pack = sealEnvelope(statement, signer)
  const { findings } = verifyPack(pack, { file: asked.id, keys: [signer], anchors: [] })
  if (findings[0]) throw new Error(findings[0].sentence.replace(/\.$/, ''))
  return pack
}

/**
 * Answers every export that waits, oldest first, each with a pack or with why there is none; forgets those of the day
 * before. `refusal` is why the signer signs nothing at all now.
 */
export async function answerExports(given: Answering, refusal?: string): Promise<void> {
  const { client } = given
  await client.query(`DELETE FROM audit.export WHERE created_at < now() - interval '25 hours'`)
  const { rows } = await client.query<Asked>(
    `SELECT x.id, x.kind, x.release_id, x.applications, x.from_at, x.to_at, x.attached, x.event_id FROM audit.export x
     WHERE NOT EXISTS (SELECT FROM audit.pack p WHERE p.export_id = x.id) ORDER BY x.created_at, x.id LIMIT 20`,
  )
  for (const asked of rows) {
    let pack: string | null = null
    let problem: string | null = refusal ? `The signer refuses to sign: ${refusal}` : null
    try {
      if (!refusal) pack = await makePack(given, asked)
    } catch (error) {
      problem = `The signer made no pack: ${error instanceof Error ? error.message : String(error)}.`
      log.error('no evidence pack was made', { export: asked.id, error })
    }
    await client.query('INSERT INTO audit.pack (export_id, pack, problem) VALUES ($1, $2, $3)', [
      asked.id,
      pack && Buffer.from(pack, 'utf8'),
      problem?.slice(0, 1000) ?? null,
    ])
  }
}
