/**
 * One release, two workers, one Argo CD, as small as what can go wrong between them allows (audit-security 3.4, 3.5).
 * A state is a short list of small numbers; its key is the text of them.
 */

export const field = {
  release: 0,
  epoch: 1,
  /** Who holds the lease: 0 nobody, else the worker's number plus one. */
  lease: 2,
  claims: 3,
  crashes: 4,
  humans: 5,
  intents: 6,
  /** The operation state and the history that stood before the first intent. */
  preLast: 7,
  preHistory: 8,
  /** Of each intent: its deadline is over; its quiet period is over; requests of it that are on their way. */
  late: 9,
  quiet: 11,
  sent: 13,
  /** Argo CD: what runs, what ended last and how, how many entries the history has. */
  operation: 15,
  last: 16,
  history: 17,
  /** Syncs accepted with a token of ours; one of them after a revocation. */
  accepted: 18,
  afterRevoke: 19,
  /** A worker that was replaced wrote to the release. */
  overwritten: 20,
  /** Of each worker: where it is, under which epoch, with which intent. */
  worker: 21,
} as const

export const release = {
  ...{ approved: 0, dispatching: 1, syncing: 2, verifying: 3 },
  ...{ succeeded: 4, failed: 5, review: 6, revoked: 7 },
} as const
/** `claimed`: it holds, or believes to hold, the release. `checked`: the plan is the signed one. `ready`: it may send. */
export const at = { idle: 0, claimed: 1, checked: 2, ready: 3, waiting: 4, answered: 5 } as const
export const who = { nobody: 0, first: 1, second: 2, human: 3 } as const
export const ended = { not: 0, well: 1, badly: 2 } as const
/** What `status.operationState` says last, in one number. */
export const lastOf = (by: number, how: number): number => by * 3 + how

const length = field.worker + 6
export type State = number[]

export const keyOf = (state: State): string => String.fromCharCode(...state)
export function stateOf(key: string): State {
  const state = new Array<number>(length)
  for (let i = 0; i < length; i++) state[i] = key.charCodeAt(i)
  return state
}

export type Bound = { claims: number; crashes: number; humans: number }

export function initial({ claims, crashes, humans }: Bound): State {
  const state = new Array<number>(length).fill(0)
  state[field.claims] = claims
  state[field.crashes] = crashes
  state[field.humans] = humans
  return state
}

export const isOver = (state: State): boolean => (state[field.release] ?? 0) >= release.succeeded
