import type { Operation } from '#sandbox/world/types.ts'
import type { World } from '#sandbox/world/world.ts'

/** Troubles a test or the demo can switch on. */
export type Fault =
  /** Every connection is cut. */
  | { kind: 'down' }
  /** Every answer comes this much later. */
  | { kind: 'slow'; delayMs: number }
  /** Every request is answered with this. */
  | { kind: 'status'; status: 401 | 500 }
  /** Lists and streams break off in the middle of an object. */
  | { kind: 'half-object' }
  /** One application (default: the first) carries values nobody has heard of. */
  | { kind: 'unknown-type'; application?: string }
  /** The next syncs are accepted, and the connection is cut instead of answering. */
  | { kind: 'drop-reply'; times: number }

/** What becomes of one event of the watch: it comes, is lost, comes twice, or comes after the next one. */
export type Passage = 'pass' | 'drop' | 'twice' | 'late'

export type AcceptedSync = {
  application: string
  account: string
  kind: 'sync' | 'rollback' | 'terminate'
  /** What came in, parsed. */
  body: unknown
  /** What went into the slot. */
  operation: Operation | undefined
  at: string
}

/** What the server keeps beside the world: faults, counters, its signing secret. */
export type Desk = {
  world: World
  secret: string
  tokensIssuedAtS: number
  fault: Fault | undefined
  /** Taken in turn, again and again, by the events of every stream; empty: all pass. */
  passages: readonly Passage[]
  accepted: AcceptedSync[]
  /** Count of requests by method and route. */
  requests: Record<string, number>
  openStreams: Set<() => void>
  keepAliveMs: number
  /** What it says it is. */
  version: string
}
