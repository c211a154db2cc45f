import canonicalize from 'canonicalize'
import { versionOf } from '#lib/manifests/images.ts'
import { type Instant, plus } from '#lib/platform/clock.ts'
import { newId } from '#lib/platform/ids.ts'
import type { Deployment } from './deployment.ts'
import { type Sighting, sameList, type Told } from './sighting.ts'

/** What to write: whole rows; of an update only what may change differs from what is stored. */
export type Changes = { insert: Deployment[]; update: Deployment[] }

type Node = { was: Deployment | null; now: Deployment }

const later = (a: Instant, b: Instant) => (a > b ? a : b)
const earlier = (a: Instant, b: Instant) => (a < b ? a : b)

/** The same sync: ids and seconds of its beginning agree. Ids alone start again; seconds alone may collide. */
function isSame(told: Told, row: Deployment, uid: string): boolean {
  if (row.knownFrom === 'inferred' || !sameList(told.revisions, row.revisions)) return false
  if (told.startedAt !== row.syncStartedAt) return false
  if (told.historyId !== null && row.historyId !== null && told.historyId !== row.historyId) return false
  return told.startedAt !== null || uid === row.uid
}

function fresh(told: Told, uid: string): Deployment {
  const { historyId, startedAt, revisions, sources, version, images, cause, actor, releaseId } = told
  return {
    id: newId('deployment'),
    ...{ uid, historyId, revisions, sources, version, images, cause, actor, releaseId },
    from: told.deployedAt as Instant,
    to: null,
    syncStartedAt: startedAt,
    knownFrom: told.live ? 'seen-live' : 'history',
  }
}

function guess(from: Instant, uid: string): Deployment {
  return {
    id: newId('deployment'),
    ...{ uid, from, to: null, syncStartedAt: null, historyId: null, revisions: [], sources: [] },
    ...{ version: null, images: [], cause: 'unknown', actor: null, releaseId: null, knownFrom: 'inferred' },
  }
}

/** What a later look adds to what was written: the id of the history, a release, images. Nothing is taken back. */
function completed(row: Deployment, told: Told, seen: Sighting): Deployment {
  const known = row.releaseId === null && told.releaseId !== null ? told : row
  const images = row.images.length > 0 ? row.images : told.images
  return {
    ...row,
    uid: seen.uid,
    historyId: row.historyId ?? told.historyId,
    ...{ cause: known.cause, actor: known.actor, releaseId: known.releaseId },
    ...(images === row.images ? {} : { images, version: told.version }),
  }
}

/**
 * Merges what a sighting tells into the newest stored deployments of one application (`stored`, oldest first;
 * `whole` when there are no older ones). What is stored keeps its beginning; new ones go between what they
 * followed and what followed them; missing history ids leave one inferred range, which gives way when they turn up.
 * Applied twice it changes nothing the second time.
 */
export function merge(stored: readonly Deployment[], whole: boolean, seen: Sighting, told: Told[]): Changes {
  const nodes: Node[] = stored.map((was) => ({ was, now: { ...was } }))
  let waiting: Told[] = []
  let matched: Node | undefined
  for (const each of told) {
    const at = nodes.findIndex((node) => node.was !== null && isSame(each, node.now, seen.uid))
    const node = nodes[at]
    if (!node) {
      // Older than the rows we looked at: stored long ago.
      if (!whole && (each.deployedAt ?? seen.at) < (stored[0]?.from ?? '')) continue
      waiting.push(each)
      continue
    }
    insertBefore(nodes, at, waiting, seen)
    waiting = []
    node.now = completed(node.now, each, seen)
    matched = node
  }
  append(nodes, waiting, seen)
  if (seen.settled && seen.images.length > 0) fillImages(nodes.at(-1), matched, seen)
  place(nodes, seen)
  end(nodes, seen)
  return {
    insert: nodes.filter((node) => node.was === null).map((node) => node.now),
    update: nodes
      .filter((node) => node.was !== null && canonicalize(node.was) !== canonicalize(node.now))
      .map((node) => node.now),
  }
}

/** They were found before something known: an inferred range there shrinks, or turns out to be the first of them. */
function insertBefore(nodes: Node[], at: number, found: Told[], seen: Sighting): void {
  const [first, ...rest] = found
  if (!first) return
  const guessed = nodes[at - 1]?.now.knownFrom === 'inferred' ? nodes[at - 1] : undefined
  const before = guessed ? nodes[at - 2] : nodes[at - 1]
  const gapless = first.historyId !== null && before?.now.historyId === first.historyId - 1
  if (guessed && gapless) {
    guessed.now = {
      ...fresh(first, seen.uid),
      id: guessed.now.id,
      from: first.deployedAt ?? guessed.now.from,
    }
    nodes.splice(at, 0, ...rest.map((each) => ({ was: null, now: fresh(each, seen.uid) })))
  } else nodes.splice(at, 0, ...found.map((each) => ({ was: null, now: fresh(each, seen.uid) })))
}

function append(nodes: Node[], found: Told[], seen: Sighting): void {
  const [first] = found
  const last = nodes.at(-1)?.now
  if (first?.historyId && last && last.knownFrom !== 'inferred') {
    const sameLife = last.uid === seen.uid
    const missing = sameLife
      ? last.historyId !== null && first.historyId > last.historyId + 1
      : first.historyId > 0
    const from = sameLife ? seen.knownUntil : seen.createdAt
    // The clocks of Postgres and of Argo CD may differ: a guess never begins after what followed it.
    const latest = plus(first.deployedAt ?? seen.at, -1)
    const begin = later(earlier(from ?? latest, latest), plus(last.from, 1))
    if (missing) nodes.push({ was: null, now: guess(begin, seen.uid) })
  }
  nodes.push(...found.map((each) => ({ was: null, now: fresh(each, seen.uid) })))
}

/** Where Argo CD does not say what a sync applied: what runs once all is well. */
function fillImages(last: Node | undefined, matched: Node | undefined, seen: Sighting): void {
  if (!last || last !== matched || last.now.images.length > 0 || last.now.knownFrom === 'inferred') return
  const { sources, revisions } = last.now
  const { images, service } = seen
  const told = seen.history.at(-1)
  if (told && told.deployStartedAt !== last.now.syncStartedAt) return
  last.now = { ...last.now, images, version: versionOf({ images, sources, revisions, service }) }
}

/** Gives every new one its beginning: never in the future, after the one before; one that finds no room is left out. */
function place(nodes: Node[], seen: Sighting): void {
  let before: Instant | undefined
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i] as Node
    const movable = node.was === null || node.was.knownFrom === 'inferred'
    if (movable) {
      const wanted = earlier(node.now.from ?? seen.at, seen.at)
      node.now.from = before === undefined ? wanted : later(wanted, plus(before, 1))
      const fixed = nodes.slice(i + 1).find((each) => each.was !== null && each.was.knownFrom !== 'inferred')
      if (node.was === null && fixed && node.now.from >= fixed.now.from) {
        nodes.splice(i--, 1)
        continue
      }
    }
    before = node.now.from
  }
}

/** Each ends where the next begins, or where its application was deleted; the last of a living one is open. */
function end(nodes: Node[], seen: Sighting): void {
  nodes.forEach(({ was, now }, i) => {
    const next = nodes[i + 1]
    const limit = next?.now.from ?? null
    const otherLife = now.uid !== (next?.now.uid ?? seen.uid)
    const died = otherLife ? later(seen.createdAt ?? seen.at, plus(now.from, 1)) : null
    const stayed = was !== null && was.to !== null && was.to !== next?.was?.from
    if (stayed && (next || otherLife)) now.to = limit === null ? was.to : earlier(was.to as Instant, limit)
    else if (died) now.to = limit === null ? died : earlier(died, limit)
    else now.to = limit
  })
}
