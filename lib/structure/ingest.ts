import 'server-only'
import { setTimeout as pause } from 'node:timers/promises'
import type { ArgoFailure, ArgoResult } from '#lib/argocd/answer.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import type { Observed } from '#lib/argocd/structure.ts'
import { rightsAsked } from '#lib/instances/instance-line.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { type Asked, noteAsked, noteRights, storeProjects, storeSets } from './commands.ts'

export type StructureIngest = { db: Db; client: ArgoClient; everyMs?: number }

/** Rights change seldom; each round of asking costs a dozen small requests. */
const rightsEvery = 15

function askedOf(failure: ArgoFailure): Asked {
  return { state: failure.kind === 'forbidden' ? 'forbidden' : 'failed', detail: failure.message }
}

/**
 * Stores one list. Argo CD filters lists by right and says 200 all the same: an empty one is believed only when our
 * account may read what it asked for.
 */
async function take<T>(
  client: ArgoClient,
  answer: ArgoResult<Observed<T>>,
  right: { resource: string; object: string },
  store: (found: Observed<T>) => Promise<unknown>,
): Promise<Asked> {
  if (!answer.ok) return askedOf(answer)
  const { observed, unread } = answer.value
  if (observed.length + unread.length === 0) {
    const may = await client.canI(right.resource, 'get', right.object)
    if (!may.ok) return askedOf(may)
    if (!may.value) return { state: 'forbidden', detail: `permission denied: ${right.resource}, get` }
  }
  await store(answer.value)
  return { state: 'read' }
}

/** Lists ApplicationSets and projects once and stores what changed. A failure of one never touches the other. */
export async function readStructure({ db, client }: StructureIngest): Promise<void> {
  const [setList, projectList] = await Promise.all([client.listSets(), client.listProjects()])
  const sets = await take(client, setList, { resource: 'applicationsets', object: '*/*' }, (found) =>
    storeSets(db, client.name, found.observed, found.unread),
  )
  const projects = await take(client, projectList, { resource: 'projects', object: '*' }, (found) =>
    storeProjects(db, client.name, found.observed, found.unread),
  )
  await noteAsked(db, client.name, { sets, projects })
}

/** Asks whose token ours is and what it may do. What could not be asked is left out, never taken for a no. */
export async function readRights({ db, client }: StructureIngest): Promise<void> {
  const user = await client.userinfo()
  if (!user.ok || !user.value.loggedIn) return
  const rights: Record<string, boolean> = {}
  for (const { resource, action, object } of rightsAsked) {
    const may = await client.canI(resource, action, object)
    if (may.ok) rights[`${resource}/${action}`] = may.value
  }
  await noteRights(db, client.name, user.value.username, rights)
}

/** Keeps ApplicationSets and projects of one instance true until the signal aborts, beside the catalog's own loop. */
export async function followStructure(ingest: StructureIngest, signal: AbortSignal): Promise<void> {
  const everyMs = ingest.everyMs ?? 60_000
  // An Argo CD that hangs must not hold up the end of the worker.
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  for (let round = 0; !signal.aborted; round += 1) {
    const work = readStructure(ingest)
      .then(() => (round % rightsEvery === 0 && !signal.aborted ? readRights(ingest) : undefined))
      .catch((error: unknown) => {
        if (!signal.aborted)
          log.error('keeping ApplicationSets and projects failed', { instance: ingest.client.name, error })
      })
    await Promise.race([work, aborted])
    // Jitter: many workers must not ask in the same moment.
    await pause(everyMs * (0.9 + Math.random() * 0.2), undefined, { signal }).catch(() => {})
  }
}
