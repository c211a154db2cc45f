import 'server-only'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import type { Outline } from '#lib/argocd/outline.ts'
import type { ApplicationSet } from '#lib/argocd/schema.ts'
import type { ListPiece, WatchPiece } from '#lib/argocd/stream.ts'
import { clock } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { type CatalogRules, healthRow, isSteady, problemRow, rowOf } from './application-row.ts'
import { type SeenRow, upsertApplications } from './commands.ts'
import { createMemory, type Memory, type Taken, type Told, type Words } from './memory.ts'

/**
 * A change is written at once; what comes while it is written, or within `gatherMs` of its begin, is written together next.
 * So batches grow with the pressure, up to `batchMax`; then the stream has to wait.
 */
const batchMax = 500
const gatherMs = 50

/** ApplicationSets by name, each with its text: an application is read again when the one that owns it has changed. */
export type Owners = Map<string, { set: ApplicationSet; text: string }>

type Piece = ListPiece | WatchPiece
/** One writer at a time for an instance, or a list and the watch could wait for each other's locks. */
export type Turn = { memory: Memory; writing: Promise<unknown> }
export const newTurn = (): Turn => ({ memory: createMemory(), writing: Promise.resolve() })
type Writing = { db: Db; client: Pick<ArgoClient, 'name'>; catalog: CatalogRules; turn: Turn }
/** A change that the watch told, or part of a whole: a list, or the snapshot that a watch begins with. */
type How = 'list' | 'watch'

type Waiting = { row: SeenRow; told: Told | null; taken: Taken }

/** Turns pieces into rows and writes them in batches. What could not be stored is thrown by the next call. */
export function createWriter({ db, client, catalog, turn }: Writing, owners: () => Owners) {
  let waiting: Waiting[] = []
  let timer: NodeJS.Timeout | undefined
  let busy: Promise<void> | undefined
  let failure: { error: unknown } | undefined
  let begunMs = Number.NEGATIVE_INFINITY
  const aroundOf = (owner: string | null) => (owner === null ? '' : (owners().get(owner)?.text ?? 'none'))
  const store = async (batch: Waiting[]) => {
    const refused = new Set<string>()
    const nameOf = (row: SeenRow) => `${row.namespace}/${row.name}`
    const rows = batch.map(({ row, taken }) => ({
      ...row,
      ...(taken.listed ? { listed: undefined } : {}),
      statusOnly: taken.rest,
    }))
    const whole = rows.every(({ via }) => via === 'list')
    await upsertApplications(db, client.name, rows, whole, (row) => refused.add(nameOf(row)))
    turn.memory.stored(
      batch.filter(({ row }) => !refused.has(nameOf(row))),
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
    const taken = turn.memory.pending(row, clock.monotonicMs())
    waiting.push({ row: { ...row, via: how }, told, taken })
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
  const rowFor = (application: ObservedApplication) =>
    rowOf(client.name, application, catalog, { appset: owners().get(application.owner?.name ?? '')?.set })
  return {
    /** What of this is stored already, said in the same words. */
    knows: (outline: Outline, how: How) => turn.memory.knows(outline, how, aroundOf, clock.monotonicMs()),
    /** What is old or known already is left out. */
    async add(
      piece: Piece & { kind: 'application' | 'health' | 'problem' },
      how: How,
      words: Words,
    ): Promise<void> {
      const now = clock.monotonicMs()
      if (piece.kind === 'health') {
        const { outline } = piece
        const base = turn.memory.baseOf(outline.key)
        // Others may have come in between: what was read before this was asked, and is not what it is compared with any more.
        const alone = turn.memory.knows(outline, words, aroundOf, now) === 'all-but-health'
        if (!base || !alone) {
          const read = piece.whole()
          return read ? this.add({ kind: 'application', application: read, outline }, how, words) : undefined
        }
        if (turn.memory.isOld(outline, now)) return
        const { owner, around, steady } = base
        const whole = () => {
          const read = piece.whole()
          return read && { ...rowFor(read), via: how }
        }
        const row = { ...healthRow(outline, piece.health, base), whole }
        await add(row, how, { words, outline, owner, around, steady })
      } else if (piece.kind === 'application') {
        const { application, outline } = piece
        if (turn.memory.isOld(application, now)) return
        const owner = application.owner?.name ?? null
        const row = rowFor(application)
        const surely = { words, owner, around: aroundOf(owner), steady: isSteady(application) }
        const told = outline === undefined ? null : { ...surely, outline }
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
