import 'server-only'
import { setTimeout as pause } from 'node:timers/promises'
import type { ArgoFailure } from '#lib/argocd/answer.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import type { ApplicationSet } from '#lib/argocd/schema.ts'
import type { ListPiece, WatchPiece } from '#lib/argocd/stream.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { watchListing } from '#lib/structure/commands.ts'
import { type ApplicationRow, type CatalogRules, problemRow, rowOf } from './application-row.ts'
import { type InstanceState, markGone, setInstanceState, upsertApplications } from './commands.ts'

export type Ingest = { db: Db; client: ArgoClient; catalog: CatalogRules; sweepEveryMs: number }

/** Rows are written in batches of at most this many, and no later than this after the first. */
const batchMax = 200
const batchAfterMs = 50
const backoffMs = { first: 500, max: 4_000 }

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
async function readOwners(client: ArgoClient): Promise<Map<string, ApplicationSet>> {
  const answer = await client.applicationSets()
  if (!answer.ok) return new Map()
  return new Map(answer.value.sets.map((set) => [set.metadata.name ?? '', set]))
}

/** Turns pieces into rows and writes them in batches. `flush` waits until all of it is stored. */
function createWriter({ db, client, catalog }: Ingest, owners: () => Map<string, ApplicationSet>) {
  let rows: ApplicationRow[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<unknown> = Promise.resolve()
  const write = () => {
    clearTimeout(timer)
    timer = undefined
    const batch = rows
    rows = []
    writing = writing.then(() => upsertApplications(db, client.name, batch))
    return writing
  }
  return {
    async add(piece: (ListPiece | WatchPiece) & { kind: 'application' | 'problem' }): Promise<void> {
      if (piece.kind === 'application') {
        const appset = owners().get(piece.application.owner?.name ?? '')
        rows.push(rowOf(client.name, piece.application, catalog, { appset }))
      } else if (piece.key) rows.push(problemRow(client.name, piece.key, piece.problem, catalog))
      else
        log.warn('an application without a name was not understood', {
          instance: client.name,
          problem: piece.problem,
        })
      if (rows.length >= batchMax) await write()
      else
        timer ??= setTimeout(
          () => write().catch((error) => log.error('storing applications failed', { error })),
          batchAfterMs,
        )
    },
    flush: () => write(),
    /** Drops what is not stored yet; nothing more is written after this. */
    stop: () => clearTimeout(timer),
  }
}

/** Lists everything once. Only a list that came whole lets us say that an application is gone. */
export async function sweep(ingest: Ingest, signal: AbortSignal): Promise<ArgoFailure | null> {
  const { db, client } = ingest
  const owners = await readOwners(client)
  const writer = createWriter(ingest, () => owners)
  const seen = new Set<string>()
  const listing = await watchListing(db, client.name)
  try {
    for await (const piece of client.streamList({ signal })) {
      if (piece.kind === 'failed') return piece.failure
      if (piece.kind === 'end') continue
      const key = piece.kind === 'application' ? piece.application.key : piece.key
      if (key) seen.add(`${key.namespace}/${key.name}`)
      await listing.came(seen.size)
      await writer.add(piece)
    }
    await writer.flush()
    await markGone(db, client.name, { allBut: seen })
    await setInstanceState(db, client.name, { state: 'connected', swept: true })
    return null
  } finally {
    writer.stop()
    await listing.end()
  }
}

/** Follows the watch until it fails or the signal aborts. */
async function follow(ingest: Ingest, signal: AbortSignal, alive: () => void): Promise<ArgoFailure | null> {
  const { db, client } = ingest
  let owners = await readOwners(client)
  const writer = createWriter(ingest, () => owners)
  const refresh = setInterval(async () => {
    owners = await readOwners(client)
  }, 60_000)
  try {
    for await (const piece of client.watch({ signal })) {
      if (piece.kind === 'failed') return piece.failure
      alive()
      if (piece.kind === 'alive') await setInstanceState(db, client.name, { state: 'connected' })
      else if (piece.kind === 'application' && piece.type === 'DELETED') {
        await writer.flush()
        await markGone(db, client.name, { only: [piece.application.key] })
      } else await writer.add(piece)
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
  const { db, client } = ingest
  let delayMs = backoffMs.first
  while (!signal.aborted) {
    const round = new AbortController()
    const both = AbortSignal.any([signal, round.signal])
    try {
      const version = await client.version()
      const first = await sweep(ingest, both)
      const failure =
        first ??
        (await followAndSweep(ingest, both, round, version.ok ? version.value.text : undefined, () => {
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
}

async function followAndSweep(
  ingest: Ingest,
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
  const sweeps = sweeping()
  const watched = await follow(ingest, signal, alive)
  round.abort()
  await sweeps
  return failed ?? watched
}
