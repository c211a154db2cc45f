import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { type Anchor, readAnchors } from '#lib/audit/anchors.ts'
import { verifyDatabase } from '#lib/audit/check.ts'
import { formatCheckpoint, type NoteSigner, noteCheckpoint, signNote } from '#lib/audit/checkpoint.ts'
import {
  createSigningKey,
  readSigningKey,
  readState,
  type SignerPlaces,
  type SignerState,
  writeState,
  writeVkey,
} from '#lib/audit/keys.ts'
import { equal } from '#lib/audit/merkle.ts'
import { readLeaves, readRows } from '#lib/audit/rows.ts'
import { createTiles } from '#lib/audit/tiles.ts'
import { createWalk, type Walk } from '#lib/audit/walk.ts'
import { answerExports } from '#lib/evidence/execute.ts'
import { log } from '#lib/platform/log.ts'
import { StartupProblem } from '#lib/platform/startup-problem.ts'
import { type Anchoring, createAnchoring } from './anchoring.ts'

/** Any number that other advisory locks do not use: of two signers one works, the other stands by. */
const lockKey = 4_855_443_348_259
const closeMs = 2_000

export type SigningOptions = { url: string; places: SignerPlaces; anchors: readonly Anchor[] }

export type Signing = {
  /** Signs what grew since the last time and hands it to the anchors. Refuses, and says so, when the past changed. */
  round: () => Promise<void>
  /** Recomputes the whole log and holds it against everything signed so far. A refusal ends when it is whole again. */
  check: () => Promise<void>
  /** Makes and signs the evidence packs that people asked for. What goes wrong there stops nothing else. */
  answer: () => Promise<void>
  /** Milliseconds until an anchor should be asked again. */
  retryInMs: () => number | undefined
  health: () => Record<string, unknown>
  close: () => Promise<void>
}

/** The key of this installation; made on first start only, never beside a log that was signed before. */
async function openKey(
  client: pg.Client,
  { places, anchors }: SigningOptions,
  origin: string,
): Promise<NoteSigner> {
  const known = await readSigningKey(places, origin)
  const state = await readState(places)
  if (state && state.origin !== origin)
    throw new StartupProblem(
      `The signer signed for ${state.origin} before, this database is ${origin}: it refuses to sign.`,
    )
  if (known) return known
  const signed = await client.query('SELECT FROM audit.checkpoint LIMIT 1')
  const copies = await readAnchors(anchors, { origin })
  const notes = copies.flatMap((copy) => copy.notes.map(noteCheckpoint))
  if (state || signed.rowCount !== 0 || notes.some((checkpoint) => checkpoint?.origin === origin))
    throw new StartupProblem(
      `The signing key ${places.key} is missing, and this log was signed before: restore the key, a new one would look like a forgery.`,
    )
  return createSigningKey(places, origin)
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'countersign signer',
    keepAlive: true,
  })
  client.on('error', () => {})
  await client.connect()
  const lock = await client.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1) AS free', [lockKey])
  if (lock.rows[0]?.free) return client
  await client.end()
  throw new StartupProblem('Another signer is at work on this database: this one stands by.')
}

/** The rows after `state`, walked; a sentence when what was signed is no longer what the database holds. */
async function walkOn(
  client: pg.Client,
  origin: string,
  state: SignerState | undefined,
): Promise<Walk | string> {
  if (state && state.size > 0) {
    const tail = await client.query<{ chain: Buffer }>('SELECT chain FROM audit.log WHERE seq = $1', [
      state.size - 1,
    ])
    const chain = tail.rows[0]?.chain
    if (!chain) return `Entry ${state.size - 1} is gone, though ${state.size} entries were signed.`
    if (!equal(chain, state.chain)) return `The first ${state.size} entries are not those that were signed.`
  }
  const walk = createWalk(origin, state)
  for await (const batch of readRows(client, walk.size))
    for (const row of batch) {
      const fault = walk.next(row)
      if (fault) return fault.sentence
    }
  return walk
}

/**
 * Opens the log for signing with a connection, a key and a memory of its own. Nothing is signed before the whole log
 * was checked once. Throws StartupProblem when key, memory and database do not belong together.
 */
export async function openSigning(options: SigningOptions): Promise<Signing> {
  const { url, places, anchors } = options
  const client = await connect(url)
  // Anchors are asked at the same time, and one connection answers one question at a time.
  const pool = new pg.Pool({ connectionString: url, max: 4, application_name: 'countersign signer' })
  pool.on('error', (error) => log.warn('a connection of the signer broke', { error }))
  const close = async () => {
    await client.end()
    await pool.end()
  }
  let anchoring: Anchoring
  let origin: string
  let signer: NoteSigner
  try {
    origin = (await client.query<{ origin: string }>('SELECT origin FROM audit.origin')).rows[0]?.origin ?? ''
    signer = await openKey(client, options, origin)
    await writeVkey(places, signer)
    anchoring = await createAnchoring(pool, anchors)
  } catch (error) {
    await close()
    throw error
  }
  let state = await readState(places)
  let refusal: string | undefined
  let published = 0
  const tiles = createTiles()

  function refuse(sentence: string): void {
    if (refusal !== sentence) log.error('the signer refuses to sign', { reason: sentence, origin })
    refusal = sentence
  }

  async function publish({ size, root }: SignerState): Promise<void> {
    const checkpoint = { origin, size, root }
    const note = signNote(formatCheckpoint(checkpoint), signer)
    if (published !== size)
      await pool.query(
        `INSERT INTO audit.checkpoint (size, root, note, key_id) VALUES ($1, $2, $3, $4) ON CONFLICT (size) DO NOTHING`,
        [size, root, note, signer.id],
      )
    published = size
    await anchoring.submit({ checkpoint, note, leaves: (from) => readLeaves(pool, from, size) })
  }

  return {
    async round() {
      if (refusal) return
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      let walk: Walk | string
      try {
        walk = await walkOn(client, origin, state)
      } finally {
        await client.query('COMMIT')
      }
      if (typeof walk === 'string') return refuse(walk)
      if (walk.size === 0) return
      if (walk.size > (state?.size ?? 0)) {
        // Remembered first: after a crash the same head is signed again, never another one of this size.
        state = { origin, root: walk.root(), ...walk.position }
        await writeState(places, state)
      }
      if (state) await publish(state)
    },
    async check() {
      const remembered = state && { origin, size: state.size, root: state.root }
      const report = await verifyDatabase({ url, anchors, keys: [signer], remembered })
      // Unsealed events are not in the tree, and scribbles in an anchor are not in the log: both are for the
      // verifier to report, and no reason to stop signing.
      const [worst] = report.findings.filter(
        ({ verdict, anchor }) => verdict !== 'unsealed' && anchor === undefined,
      )
      if (worst) return refuse(worst.sentence)
      if (refusal) log.info('the log is whole again, the signer signs', { origin, size: report.size })
      refusal = undefined
    },
    async answer() {
      try {
        await answerExports({ client, origin, signer, tiles }, refusal)
        // Beforehand, so that nobody who asks has to wait for it.
        if (state && !refusal) await tiles.grow(client, state.size)
      } catch (error) {
        log.error('evidence packs wait', { error })
      }
    },
    retryInMs: () => (refusal ? undefined : anchoring.retryInMs()),
    health: () => ({
      state: refusal ? 'refusing' : 'signing',
      ...(refusal ? { reason: refusal } : {}),
      origin,
      key: `${signer.name}+${signer.id}`,
      signedSize: state?.size ?? 0,
      anchors: anchoring.standings(),
    }),
    async close() {
      // A place that does not answer must not keep the process from ending: the head is handed over again.
      const leash = new AbortController()
      await Promise.race([
        anchoring.settled(),
        pause(closeMs, undefined, { signal: leash.signal }).catch(() => {}),
      ])
      leash.abort()
      await close()
    },
  }
}
