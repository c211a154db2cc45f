import 'server-only'
import { setTimeout as pause } from 'node:timers/promises'
import type { ArgoFailure } from '#lib/argocd/answer.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import type { Outline } from '#lib/argocd/outline.ts'
import type { ListPiece } from '#lib/argocd/stream.ts'
import { databaseNow } from '#lib/deployments/commands.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { watchListing } from '#lib/structure/commands.ts'
import type { CatalogRules } from './application-row.ts'
import {
  type Gone,
  type InstanceState,
  type Missing,
  markGone,
  missingFrom,
  setInstanceState,
} from './commands.ts'
import { createWriter, newTurn, type Owners, type Turn } from './writer.ts'

export type Ingest = {
  db: Db
  client: ArgoClient
  catalog: CatalogRules
  sweepEveryMs: number
  /** How long to wait after a failure at first and at most; doubled each time, with jitter. */
  backoffMs?: { first: number; max: number }
}

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

/** Which ApplicationSets roll by themselves; without them an owned application is "cannot tell". */
async function readOwners(client: ArgoClient): Promise<Owners> {
  const answer = await client.applicationSets()
  if (!answer.ok) return new Map()
  return new Map(
    answer.value.sets.map((set) => [set.metadata.name ?? '', { set, text: JSON.stringify(set) }]),
  )
}

type Shared = Ingest & { turn: Turn }

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
