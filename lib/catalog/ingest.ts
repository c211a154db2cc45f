import 'server-only'
import { setTimeout as pause } from 'node:timers/promises'
import type { ArgoFailure } from '#lib/argocd/answer.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import type { Outline } from '#lib/argocd/outline.ts'
import type { ApplicationSet } from '#lib/argocd/schema.ts'
import type { ListPiece, WatchPiece } from '#lib/argocd/stream.ts'
import { databaseNow } from '#lib/deployments/commands.ts'
import { clock } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { watchListing } from '#lib/structure/commands.ts'
import { type CatalogRules, problemRow, rowOf } from './application-row.ts'
import {
  type Gone,
  type InstanceState,
  type Missing,
  markGone,
  missingFrom,
  type SeenRow,
  setInstanceState,
  upsertApplications,
} from './commands.ts'
import { createMemory, type Memory, type Told, type Words } from './memory.ts'

export type Ingest = {
  db: Db
  client: ArgoClient
  catalog: CatalogRules
  sweepEveryMs: number
  /** How long to wait after a failure at first and at most; doubled each time, with jitter. */
  backoffMs?: { first: number; max: number }
}

/**
 * A change is written at once; what comes while it is written, or within `gatherMs` of its begin, is written together next.
 * So batches grow with the pressure, up to `batchMax`; then the stream has to wait.
 */
const batchMax = 500
const gatherMs = 50
const patience = { first: 500, max: 4_000 }

/** The failure of a list or watch as the state that people read. */
function stateOf(failure: ArgoFailure): { state: InstanceState; detail: string } {
  const kinds = {
    unauthorised: 'unauthorised',
    forbidden: 'unauthorised',
    'not-understood': 'not-understood',
  } as const
  const state = failure.kind in kinds ? kinds[failure.kind as keyof typeof kinds] : 'unreachable'
  return { state, detail: failure.message.slice(0, 500) }
}

/** ApplicationSets by name, each with its text: an application is read again when the one that owns it has changed. */
type Owners = Map<string, { set: ApplicationSet; text: string }>

/** Which ApplicationSets roll by themselves; without them an owned application is "cannot tell". */
async function readOwners(client: ArgoClient): Promise<Owners> {
  const answer = await client.applicationSets()
  if (!answer.ok) return new Map()
  return new Map(
    answer.value.sets.map((set) => [set.metadata.name ?? '', { set, text: JSON.stringify(set) }]),
  )
}

/** One writer at a time for an instance, or a list and the watch could wait for each other's locks. */
type Turn = { memory: Memory; writing: Promise<unknown> }
const newTurn = (): Turn => ({ memory: createMemory(), writing: Promise.resolve() })
type Shared = Ingest & { turn: Turn }
/** A change that the watch told, or part of a whole: a list, or the snapshot that a watch begins with. */
type How = 'list' | 'watch'

/** Turns pieces into rows and writes them in batches. What could not be stored is thrown by the next call. */
function createWriter({ db, client, catalog, turn }: Shared, owners: () => Owners) {
  let waiting: { row: SeenRow; told: Told | null }[] = []
  let timer: NodeJS.Timeout | undefined
  let busy: Promise<void> | undefined
  let failure: { error: unknown } | undefined
  let begunMs = Number.NEGATIVE_INFINITY
  const aroundOf = (owner: string | null) => (owner === null ? '' : (owners().get(owner)?.text ?? 'none'))
  const store = async (batch: typeof waiting) => {
    const refused = new Set<string>()
    const nameOf = (row: SeenRow) => `${row.namespace}/${row.name}`
    const now = clock.monotonicMs()
    const known = batch.map((each) => ({ ...each, taken: turn.memory.taken(each.row, now) }))
    const rows = known.map(({ row, taken: { rest, listed } }) => ({
      ...row,
      ...(listed ? { listed: undefined } : {}),
      statusOnly: rest,
    }))
    const whole = rows.every(({ via }) => via === 'list')
    await upsertApplications(db, client.name, rows, whole, (row) => refused.add(nameOf(row)))
    turn.memory.stored(
      known.filter(({ row }) => !refused.has(nameOf(row))),
      clock.monotonicMs(),
    )
  }
  const write = () => {
    clearTimeout(timer)
    timer = undefined
    begunMs = clock.monotonicMs()
    const batch = waiting.slice(0, batchMax)
    waiting = waiting.slice(batchMax)
    const written = turn.writing.catch(() => {}).then(() => store(batch))
    turn.writing = written
    busy = written
      .catch((error: unknown) => {
        failure = { error }
      })
      .then(() => {
        busy = undefined
        next()
      })
  }
  const next = () => {
    if (busy || failure || waiting.length === 0) return
    const waitMs = waiting.length >= batchMax ? 0 : begunMs + gatherMs - clock.monotonicMs()
    if (waitMs <= 0) write()
    else timer ??= setTimeout(write, waitMs)
  }
  const add = async (row: SeenRow, how: How, told: Told | null) => {
    turn.memory.pending(row)
    waiting.push({ row: { ...row, via: how }, told })
    next()
    while (busy && waiting.length >= batchMax) await busy
    if (failure) throw failure.error
  }
  const flush = async () => {
    while (!failure && (busy || waiting.length > 0)) {
      if (!busy) write()
      await busy
    }
    if (failure) throw failure.error
  }
  return {
    /** Whether this is stored already, said in the same words. */
    knows: (outline: Outline, how: How) => turn.memory.knows(outline, how, aroundOf, clock.monotonicMs()),
    /** What is old or known already is left out. */
    async add(
      piece: (ListPiece | WatchPiece) & { kind: 'application' | 'problem' },
      how: How,
      words: Words,
    ): Promise<void> {
      if (piece.kind === 'application') {
        const { application, digest } = piece
        if (turn.memory.isOld(application, clock.monotonicMs())) return
        const owner = application.owner?.name ?? null
        const row = rowOf(client.name, application, catalog, { appset: owners().get(owner ?? '')?.set })
        const told = digest === undefined ? null : { words, digest, owner, around: aroundOf(owner) }
        if (how === 'list' || !turn.memory.isStored(row, told)) await add(row, how, told)
      } else if (piece.key) await add(problemRow(client.name, piece.key, piece.problem, catalog), how, null)
      else
        log.warn('an application without a name was not understood', {
          instance: client.name,
          problem: piece.problem,
        })
    },
    /** Waits until all of it is stored; throws when some of it could not be. */
    flush,
    /** Drops what waits; nothing more is begun after this. */
    stop() {
      clearTimeout(timer)
      waiting = []
    },
  }
}

/** How many missing applications are asked for one by one after a list; the next lists ask for the rest. */
const askedMax = 50

/**
 * A list does not say why it lacks what it had before. Each is asked for: not found is deleted, forbidden is lost
 * permission, and one that answers is still there. When nobody can tell, nothing is concluded.
 */
async function explain(
  { client }: Shared,
  missing: readonly Missing[],
  found: (piece: ListPiece & { kind: 'application' }) => Promise<void>,
): Promise<Gone[]> {
  const asked = await Promise.all(
    missing.slice(0, askedMax).map(async ({ present: _was, ...ref }): Promise<Gone[]> => {
      const answer = await client.get(ref)
      const key = { namespace: ref.namespace, name: ref.name }
      if (answer.ok) await found({ kind: 'application', application: answer.value })
      else if (answer.kind === 'not-found') return [{ key, reason: 'deleted' }]
      else if (answer.kind === 'forbidden')
        return [{ key, reason: ref.project === '' ? 'vanished' : 'not-permitted' }]
      return []
    }),
  )
  const rest = missing.slice(askedMax).filter(({ present }) => present)
  return [...asked.flat(), ...rest.map((key): Gone => ({ key, reason: 'vanished' }))]
}

/** Lists everything once. Only a list that came whole lets us say that an application is gone. */
export async function sweep(ingest: Ingest | Shared, signal: AbortSignal): Promise<ArgoFailure | null> {
  const { db, client } = ingest
  const shared = 'turn' in ingest ? ingest : { ...ingest, turn: newTurn() }
  const owners = await readOwners(client)
  const writer = createWriter(shared, () => owners)
  const seen = new Set<string>()
  const listing = await watchListing(db, client.name)
  const since = await databaseNow(db)
  try {
    const knows = (outline: Outline) => writer.knows(outline, 'list')
    for await (const piece of client.streamList({ signal, knows })) {
      if (piece.kind === 'failed') return piece.failure
      if (piece.kind === 'end') continue
      const key = piece.kind === 'application' ? piece.application.key : piece.key
      if (key) seen.add(`${key.namespace}/${key.name}`)
      await listing.came(seen.size)
      if (piece.kind !== 'same') await writer.add(piece, 'list', 'list')
    }
    await writer.flush()
    const missing = await missingFrom(db, client.name, seen, since)
    const gone = await explain(shared, missing, (piece) => writer.add(piece, 'list', 'watch'))
    await writer.flush()
    await markGone(db, client.name, gone)
    shared.turn.memory.forget(gone)
    await setInstanceState(db, client.name, { state: 'connected', swept: since })
    return null
  } finally {
    writer.stop()
    await listing.end()
  }
}

/** Lists again and again, each time with the memory of the times before. */
export function createSweeper(ingest: Ingest): (signal: AbortSignal) => Promise<ArgoFailure | null> {
  const shared: Shared = { ...ingest, turn: newTurn() }
  return (signal) => sweep(shared, signal)
}

/** Follows the watch until it fails or the signal aborts. */
async function follow(shared: Shared, signal: AbortSignal, alive: () => void): Promise<ArgoFailure | null> {
  const { db, client } = shared
  let owners = await readOwners(client)
  const writer = createWriter(shared, () => owners)
  const refresh = setInterval(async () => {
    owners = await readOwners(client)
  }, 60_000)
  try {
    const knows = (outline: Outline) => writer.knows(outline, 'watch')
    for await (const piece of client.watch({ signal, knows })) {
      if (piece.kind === 'failed') return piece.failure
      alive()
      if (piece.kind === 'same') continue
      if (piece.kind === 'alive') {
        await writer.flush()
        await setInstanceState(db, client.name, { state: 'connected' })
      } else if (piece.kind === 'application' && piece.type === 'DELETED') {
        const { key, uid, resourceVersion } = piece.application
        await writer.flush()
        const gone: Gone = { key, uid, resourceVersion, reason: 'deleted' }
        shared.turn.memory.forget([gone])
        await markGone(db, client.name, [gone])
      } else await writer.add(piece, piece.type === 'MODIFIED' ? 'watch' : 'list', 'watch')
    }
    await writer.flush()
    return null
  } finally {
    clearInterval(refresh)
    writer.stop()
  }
}

/**
 * Keeps the catalog of one instance true until the signal aborts: watch for speed, a whole list for truth, after each
 * connect and every `sweepEveryMs`, because the watch loses events by design. A failure is said, then tried again.
 */
export async function followInstance(ingest: Ingest, signal: AbortSignal): Promise<void> {
  const { db, client, backoffMs = patience } = ingest
  const shared: Shared = { ...ingest, turn: newTurn() }
  let delayMs = backoffMs.first
  while (!signal.aborted) {
    const round = new AbortController()
    const both = AbortSignal.any([signal, round.signal])
    try {
      const version = await client.version()
      const first = await sweep(shared, both)
      const failure =
        first ??
        (await followAndSweep(shared, both, round, version.ok ? version.value.text : undefined, () => {
          delayMs = backoffMs.first
        }))
      if (signal.aborted) return
      if (failure) {
        await setInstanceState(db, client.name, stateOf(failure))
        log.warn('Argo CD does not answer as it should', {
          instance: client.name,
          kind: failure.kind,
          message: failure.message,
        })
      }
    } catch (error) {
      if (!signal.aborted) log.error('keeping the catalog failed', { instance: client.name, error })
    } finally {
      round.abort()
    }
    // Jitter: many workers must not come back in the same moment.
    await pause(delayMs * (0.5 + Math.random()), undefined, { signal }).catch(() => {})
    delayMs = Math.min(delayMs * 2, backoffMs.max)
  }
  await shared.turn.writing.catch(() => {})
}

async function followAndSweep(
  ingest: Shared,
  signal: AbortSignal,
  round: AbortController,
  version: string | undefined,
  alive: () => void,
): Promise<ArgoFailure | null> {
  if (version) await setInstanceState(ingest.db, ingest.client.name, { state: 'connected', version })
  let failed: ArgoFailure | null = null
  // The watch subscribes only after its snapshot: what happens in between is caught by one more list.
  const sweeping = async () => {
    for (
      let waitMs = Math.min(5_000, ingest.sweepEveryMs);
      !signal.aborted && !failed;
      waitMs = ingest.sweepEveryMs
    ) {
      await pause(waitMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      failed = await sweep(ingest, signal)
      if (failed && !signal.aborted) round.abort()
    }
  }
  // What is thrown there ends the watch, too, and is thrown on from here: nobody else would hear it.
  const sweeps = sweeping().then(
    () => null,
    (error: unknown) => {
      round.abort()
      return { error }
    },
  )
  const watched = await follow(ingest, signal, alive)
  round.abort()
  const broken = await sweeps
  if (broken) throw broken.error
  return failed ?? watched
}
