import { at, ended, field as f, lastOf, release, type State, who } from './state.ts'

/** What each protection is worth is seen by leaving it out. */
export type Protections = {
  /** One holder at a time, for as long as the lease lasts. */
  lease: boolean
  /** A write under an old epoch is refused. */
  fence: boolean
  /** An intent is written before the request, with a revocation on one side of it only. */
  intent: boolean
  /** The operation says whose it is. */
  token: boolean
  /** Nothing is sent again before the quiet period is over. */
  quiet: boolean
  /** Nothing is sent under an intent whose own deadline is over; `release`: one deadline for all of them. */
  deadline: 'intent' | 'release' | 'none'
  /** Nothing is sent again unless Argo CD's operation state is what it was before. */
  snapshot: boolean
}

export const full: Protections = {
  ...{ lease: true, fence: true, intent: true, token: true, quiet: true, deadline: 'intent', snapshot: true },
}
const before = { ...full, quiet: false, deadline: 'none', snapshot: false } as const
/** The seven that must be caught, and two that are safe at a price. */
export const mutants = {
  naive: { ...before, lease: false, fence: false, intent: false, token: false },
  leaseFence: { ...before, intent: false, token: false },
  tokenCheck: before,
  tokenQuiet: { ...before, quiet: true, deadline: 'release' },
  quietGlobal: { ...full, deadline: 'release' },
  noSnapshot: { ...full, snapshot: false },
  noQuiet: { ...full, quiet: false, deadline: 'none' },
} as const satisfies Record<string, Protections>
export const dear = {
  noToken: { ...full, token: false },
  noFence: { ...full, fence: false },
} as const satisfies Record<string, Protections>

export type Emit = (name: string, next: State) => void
const get = (state: State, index: number): number => state[index] ?? 0
const placeOf = (worker: number) => f.worker + worker * 3

/** Every state that can follow, each with the name of what happened. */
export function successors(state: State, given: Protections, emit: Emit): void {
  const change = (name: string, pairs: readonly (readonly [number, number])[]) => {
    const next = state.slice()
    for (const [index, value] of pairs) next[index] = value
    emit(name, next)
  }
  people(state, change)
  network(state, given, change)
  argo(state, change)
  for (const worker of [0, 1]) {
    if (get(state, placeOf(worker)) === at.idle) claim(state, worker, change, given)
    else busy(state, worker, change, given)
  }
}

type Change = (name: string, pairs: readonly (readonly [number, number])[]) => void

function people(state: State, change: Change): void {
  if (get(state, f.release) === release.approved) change('revoke', [[f.release, release.revoked]])
  if (get(state, f.humans) > 0 && get(state, f.operation) === who.nobody)
    change('human sync', [
      [f.humans, get(state, f.humans) - 1],
      [f.operation, who.human],
    ])
  if (get(state, f.lease) !== 0) change('lease expires', [[f.lease, 0]])
}

/** Deadlines and quiet periods end; the bound on delays is that by then no request of the intent is on its way. */
function network(state: State, given: Protections, change: Change): void {
  for (let i = 0; i < get(state, f.intents); i++) {
    if (given.deadline === 'intent' && !get(state, f.late + i)) change(`deadline ${i + 1}`, [[f.late + i, 1]])
    const may = given.deadline !== 'intent' || get(state, f.late + i)
    if (given.quiet && may && !get(state, f.quiet + i) && !get(state, f.sent + i))
      change(`quiet ${i + 1}`, [
        [f.quiet + i, 1],
        // The one deadline of the release is over by then, until another intent begins it anew.
        ...(given.deadline === 'release' ? ([[f.late, 1]] as const) : []),
      ])
  }
  for (const i of [0, 1]) {
    const sent = get(state, f.sent + i)
    if (sent === 0) continue
    const gone = [f.sent + i, sent - 1] as const
    change(`request ${i + 1} lost`, [gone])
    const free = get(state, f.operation) === who.nobody
    const revoked = get(state, f.release) === release.revoked
    const effect = free
      ? ([
          [f.operation, i + 1],
          [f.accepted, get(state, f.accepted) + 1],
          ...(revoked ? ([[f.afterRevoke, 1]] as const) : []),
        ] as const)
      : []
    change(`request ${i + 1} arrives, reply lost`, [gone, ...effect])
    for (const worker of [0, 1]) {
      const place = placeOf(worker)
      if (get(state, place) === at.waiting && get(state, place + 2) === i + 1)
        change(`request ${i + 1} arrives`, [gone, ...effect, [place, free ? at.answered : at.claimed]])
    }
  }
}

function argo(state: State, change: Change): void {
  const operation = get(state, f.operation)
  if (operation === who.nobody) return
  const history = Math.min(3, get(state, f.history) + 1)
  change('sync ends well', [
    [f.operation, who.nobody],
    [f.last, lastOf(operation, ended.well)],
    [f.history, history],
  ])
  change('sync ends badly', [
    [f.operation, who.nobody],
    [f.last, lastOf(operation, ended.badly)],
  ])
}

function claim(state: State, worker: number, change: Change, given: Protections): void {
  const held = given.lease && get(state, f.lease) !== 0
  const open = get(state, f.release) <= release.verifying
  if (held || !open || get(state, f.claims) === 0) return
  const epoch = get(state, f.epoch) + 1
  const place = placeOf(worker)
  change(`${worker} claims`, [
    [f.claims, get(state, f.claims) - 1],
    [f.epoch, epoch],
    [f.lease, worker + 1],
    [place, at.claimed],
    [place + 1, epoch],
    [place + 2, 0],
  ])
}

function busy(state: State, worker: number, change: Change, given: Protections) {
  const place = placeOf(worker)
  const [pc, epoch, intent] = [get(state, place), get(state, place + 1), get(state, place + 2)]
  const crashes = get(state, f.crashes)
  const idle = [place, at.idle] as const
  if (crashes > 0) change(`${worker} crashes`, [[f.crashes, crashes - 1], idle])
  const stale = epoch !== get(state, f.epoch)
  /** A write to the database: refused to who was replaced, unless nothing refuses it. */
  const write: Change = (name, pairs) => {
    if (stale && given.fence) return change(`${worker} finds itself replaced`, [idle])
    const over = pairs.some(([index, value]) => index === f.release && value >= release.succeeded)
    const free = over ? ([idle, ...(stale ? [] : ([[f.lease, 0]] as const))] as const) : []
    change(`${worker} ${name}`, [...pairs, ...(stale ? ([[f.overwritten, 1]] as const) : []), ...free])
  }
  if (pc === at.claimed) return claimed(state, worker, change, write, given)
  if (pc === at.checked) return checked(state, worker, change, write, given)
  if (pc === at.ready) {
    const deadline = given.deadline === 'release' ? f.late : f.late + intent - 1
    if (given.deadline !== 'none' && get(state, deadline))
      return change(`${worker} is too late`, [[place, at.claimed]])
    const i = Math.max(0, intent - 1)
    const onTheWay = get(state, f.sent) + get(state, f.sent + 1)
    if (onTheWay < 2)
      change(`${worker} sends`, [
        [f.sent + i, get(state, f.sent + i) + 1],
        [place, at.waiting],
        [place + 2, i + 1],
      ])
    return
  }
  if (pc === at.waiting) return change(`${worker} gets no answer`, [[place, at.claimed]])
  // Without an intent the reply is all there is; with one the answer is written down.
  if (!given.intent)
    return write('records the sync', [
      [f.release, release.syncing],
      [place, at.claimed],
    ])
  if (get(state, f.release) === release.dispatching || !given.fence)
    return write('records the sync', [
      [f.release, release.syncing],
      [place, at.claimed],
    ])
  change(`${worker} looks again`, [[place, at.claimed]])
}

function claimed(state: State, worker: number, change: Change, write: Change, given: Protections) {
  const place = placeOf(worker)
  const operation = get(state, f.operation)
  switch (get(state, f.release)) {
    case release.approved:
      if (operation === who.nobody) change(`${worker} checks the plan`, [[place, at.checked]])
      return
    case release.dispatching:
      return recovering(state, worker, write, given)
    case release.syncing:
      return following(state, write, given)
    case release.verifying:
      return write('sees it healthy', [[f.release, release.succeeded]])
    default:
      return change(`${worker} has nothing to do`, [[place, at.idle]])
  }
}

function checked(state: State, worker: number, change: Change, write: Change, given: Protections) {
  const place = placeOf(worker)
  if (!given.intent)
    return change(`${worker} is about to send`, [
      [place, at.ready],
      [place + 2, 1],
    ])
  if (get(state, f.release) !== release.approved)
    return change(`${worker} looks again`, [[place, at.claimed]])
  write('writes intent 1', [
    [f.release, release.dispatching],
    [f.intents, 1],
    [f.preLast, get(state, f.last)],
    [f.preHistory, get(state, f.history)],
    [place, at.ready],
    [place + 2, 1],
  ])
}

/** What the recovery of dispatch decides by, in the model's terms. */
export type Sight = { ours: boolean; quietOver: boolean; running: boolean; moved: boolean; intents: number }
export type Verdict = 'adopt' | 'wait' | 'review' | 'send-again'

export function verdict({ ours, quietOver, running, moved, intents }: Sight): Verdict {
  if (ours) return 'adopt'
  if (!quietOver) return 'wait'
  if (running || moved || intents >= 2) return 'review'
  return 'send-again'
}

export function sightOf(state: State, given: Protections): Sight {
  const [operation, last, intents] = [get(state, f.operation), get(state, f.last), get(state, f.intents)]
  const shown = operation === who.nobody ? Math.floor(last / 3) : operation
  const moved = last !== get(state, f.preLast) || get(state, f.history) !== get(state, f.preHistory)
  return {
    ours: given.token && (shown === who.first || shown === who.second),
    quietOver: !given.quiet || get(state, f.quiet + intents - 1) === 1,
    running: operation !== who.nobody,
    moved: given.snapshot && moved,
    intents,
  }
}

function recovering(state: State, worker: number, write: Change, given: Protections) {
  const place = placeOf(worker)
  switch (verdict(sightOf(state, given))) {
    case 'adopt':
      return write('adopts', [[f.release, release.syncing]])
    case 'review':
      return write('hands it to people', [[f.release, release.review]])
    case 'send-again':
      return write('writes intent 2', [
        [f.intents, 2],
        [place, at.ready],
        [place + 2, 2],
        ...(given.deadline === 'release' ? ([[f.late, 0]] as const) : []),
      ])
    case 'wait':
  }
}

function following(state: State, write: Change, given: Protections) {
  const [operation, last] = [get(state, f.operation), get(state, f.last)]
  const by = operation === who.nobody ? Math.floor(last / 3) : operation
  const ours = by === who.first || by === who.second
  if (!given.token && given.intent) return write('cannot tell whose it is', [[f.release, release.review]])
  if (ours && operation !== who.nobody) return
  if (!ours) return write('finds another in its place', [[f.release, release.review]])
  if (last % 3 === ended.well) return write('sees its end', [[f.release, release.verifying]])
  write('sees it fail', [[f.release, release.failed]])
}
