import { type Protections, successors } from './protocol.ts'
import { at, type Bound, field, initial, isOver, keyOf, release, stateOf } from './state.ts'

export type Explored = {
  states: number
  edges: number
  /** Releases that no action and no worker can end any more, although one could still claim. */
  stuck: number
  /** The shortest way to two accepted syncs, and to one after a revocation, as what happened. */
  doubleSync: string[] | null
  afterRevoke: string[] | null
  /** A worker that was replaced changed the record. */
  overwritten: boolean
  /** States in which the release ended so. */
  ends: Record<'succeeded' | 'failed' | 'review' | 'revoked', number>
}

/** Breadth first over every interleaving. `toTheEnd` false: stop at the first double sync. */
export function explore(given: Protections, bound: Bound, toTheEnd = true): Explored {
  const numbers = new Map<string, number>()
  const keys: string[] = []
  const from: number[] = []
  const how: string[] = []
  const edgesFrom: number[] = []
  const edgesTo: number[] = []
  const found = { double: -1, revoked: -1, overwritten: false }
  const ends = { succeeded: 0, failed: 0, review: 0, revoked: 0 }
  let current = -1
  const see = (name: string, state: number[]) => {
    const key = keyOf(state)
    let number = numbers.get(key)
    if (number === undefined) {
      number = keys.length
      numbers.set(key, number)
      keys.push(key)
      from.push(current)
      how.push(name)
      if ((state[field.accepted] ?? 0) > 1 && found.double < 0) found.double = number
      if (state[field.afterRevoke] && found.revoked < 0) found.revoked = number
      if (state[field.overwritten]) found.overwritten = true
      for (const end of Object.keys(ends) as (keyof typeof ends)[])
        if (state[field.release] === release[end]) ends[end] += 1
    }
    if (current >= 0) {
      edgesFrom.push(current)
      edgesTo.push(number)
    }
  }
  see('begin', initial(bound))
  for (current = 0; current < keys.length; current++) {
    if (!toTheEnd && found.double >= 0) break
    const state = stateOf(keys[current] as string)
    // What is wrong already is not followed further.
    if ((state[field.accepted] ?? 0) < 2) successors(state, given, see)
  }
  const wayTo = (number: number): string[] | null => {
    if (number < 0) return null
    const way: string[] = []
    for (let n = number; n > 0; n = from[n] as number) way.unshift(how[n] as string)
    return way
  }
  return {
    states: keys.length,
    edges: edgesTo.length,
    stuck: toTheEnd ? countStuck(keys, edgesFrom, edgesTo) : 0,
    doubleSync: wayTo(found.double),
    afterRevoke: wayTo(found.revoked),
    overwritten: found.overwritten,
    ends,
  }
}

/** States from which no end can be reached, though a worker could still take the release, or holds it. */
function countStuck(
  keys: readonly string[],
  edgesFrom: readonly number[],
  edgesTo: readonly number[],
): number {
  const ending = new Uint8Array(keys.length)
  for (const [number, key] of keys.entries()) if (isOver(stateOf(key))) ending[number] = 1
  // Edges in reverse, as one list with an index.
  const start = new Uint32Array(keys.length + 1)
  for (const to of edgesTo) start[to + 1] = (start[to + 1] as number) + 1
  for (let i = 0; i < keys.length; i++) start[i + 1] = (start[i + 1] as number) + (start[i] as number)
  const fill = start.slice()
  const back = new Uint32Array(edgesTo.length)
  for (const [edge, to] of edgesTo.entries()) {
    back[fill[to] as number] = edgesFrom[edge] as number
    fill[to] = (fill[to] as number) + 1
  }
  const next = [...ending.keys()].filter((number) => ending[number] === 1)
  for (let number = next.pop(); number !== undefined; number = next.pop())
    for (let edge = start[number] as number; edge < (start[number + 1] as number); edge++) {
      const source = back[edge] as number
      if (ending[source] === 1) continue
      ending[source] = 1
      next.push(source)
    }
  let stuck = 0
  for (const [number, key] of keys.entries()) {
    if (ending[number] === 1) continue
    const state = stateOf(key)
    const holds = [0, 1].some((worker) => {
      const place = field.worker + worker * 3
      return state[place] !== at.idle && state[place + 1] === state[field.epoch]
    })
    if (holds || (state[field.claims] ?? 0) > 0) stuck += 1
  }
  return stuck
}
