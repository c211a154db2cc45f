import { can, type Viewer } from '#lib/access/policy.ts'
import { digestOf } from '#lib/manifests/digest.ts'
import { assertNever, ok, type Result, refuse } from '#lib/platform/result.ts'
import { isOpen, type ReleaseState } from '#lib/releases/release.ts'

export const membersMax = 30
export const stagesMax = 20
export const parallelMax = 10

/** What one member of a train is, as it is asked for. */
export type Wanted = { application: string; plan: string; stage: number }

/** Names exactly this set of plans in this order; approvers send the one they read. */
export const trainDigest = (members: readonly Wanted[]): string =>
  digestOf(
    members
      .map(({ application, plan, stage }) => ({ application, plan, stage }))
      .sort((a, b) => a.stage - b.stage || (a.application < b.application ? -1 : 1)),
  )

/** A member as far as the rules look at it. `passed`: somebody let the train go on past it. */
export type Car = { release: string; name: string; stage: number; state: ReleaseState; passed: boolean }

export type TrainState =
  | { is: 'waiting-for-people' }
  | { is: 'under-way'; stage: number }
  | { is: 'stopped'; by: Car }
  | { is: 'arrived' }
  | { is: 'ended' }

/** Whether this member stops the others: over without success, or nobody knows. The same as rel.train_hold. */
export const stops = ({ state, passed }: Car): boolean =>
  !passed && state !== 'succeeded' && (state === 'review' || !isOpen(state))

/** Where a train is. A train none of whose members is open any more has arrived, or has ended short of that. */
export function stateOf(cars: readonly Car[]): TrainState {
  const open = cars.filter(({ state }) => isOpen(state))
  if (open.length === 0) return { is: cars.every(({ state }) => state === 'succeeded') ? 'arrived' : 'ended' }
  const by = cars.find(stops)
  if (by) return { is: 'stopped', by }
  if (open.every(({ state }) => state === 'requested')) return { is: 'waiting-for-people' }
  return { is: 'under-way', stage: Math.min(...open.map(({ stage }) => stage)) }
}

/** What a member waits for, by what rel.train_hold says; `other` is the application that it waits for. */
export function trainWords(why: string, other: string): string {
  if (why === 'stopped') return `Waiting: its train is stopped by ${other}`
  if (why === 'stage') return `Waiting for an earlier stage of its train: ${other}`
  return 'Waiting: as many of its train are under way as may be at once'
}

export type TrainRefusal =
  | { code: 'no-such-train' }
  | { code: 'member'; name: string; why: string }
  | { code: 'twice'; name: string }
  | { code: 'digest-moved' }
  | { code: 'nothing-to-decide' }
  | { code: 'unread'; name: string }
  | { code: 'does-not-stop' }
  | { code: 'may-not-resume'; environment: string }
  | { code: 'step-up'; name: string }

export function explainTrain(refusal: TrainRefusal): string {
  switch (refusal.code) {
    case 'no-such-train':
      return 'There is no such train, or you may not see all of it.'
    case 'member':
      return `${refusal.name}: ${refusal.why}`
    case 'twice':
      return `${refusal.name} is named twice.`
    case 'digest-moved':
      return 'What you read is not what this train is. Read it again before you sign.'
    case 'nothing-to-decide':
      return 'No release of this train waits for your decision.'
    case 'unread':
      return `You have not said to have read the changes of ${refusal.name}.`
    case 'does-not-stop':
      return 'That release does not stop its train.'
    case 'may-not-resume':
      return `Only approvers of ${refusal.environment} let a train go on.`
    case 'step-up':
      return `${refusal.name}: its policy asks for a sign-in with each approval. Ask for it by itself.`
    default:
      return assertNever(refusal)
  }
}

type Where = { project: string; environment: string }

/** May this person let the train go on past that member? The same people who may approve it. */
export function mayResume(car: Car, where: Where, by: Viewer): Result<null, TrainRefusal> {
  if (!stops(car) || isOpen(car.state)) return refuse({ code: 'does-not-stop' })
  return by.enabled && !by.service && can(by, 'decide:release', where)
    ? ok(null)
    : refuse({ code: 'may-not-resume', environment: where.environment })
}
