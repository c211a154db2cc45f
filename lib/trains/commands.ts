import 'server-only'
import type { Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { decideIn, personActor, requestIn } from '#lib/releases/commands.ts'
import type { PolicyPlace, ReleasePolicy } from '#lib/releases/policy.ts'
import { explain } from '#lib/releases/release.ts'
import { explainRequest } from '#lib/releases/request.ts'
import { getTrain } from './data.ts'
import type { TrainDecisionInput, TrainInput } from './schema.ts'
import { mayResume, type TrainRefusal, trainDigest } from './train.ts'

type Answer<T> = Promise<Result<T, TrainRefusal>>

/** Takes everything of a transaction back, and what was refused with it. */
class Undone extends Error {
  refusal: TrainRefusal
  constructor(refusal: TrainRefusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/** All of it or nothing: what one member is refused undoes the others, and is recorded by itself. */
async function whole<T>(
  db: Db,
  by: Viewer,
  act: 'request' | 'decide',
  work: (tx: Tx) => Promise<T>,
): Answer<T> {
  try {
    return ok(await inTransaction(db, work))
  } catch (error) {
    if (!(error instanceof Undone)) throw error
    const { refusal } = error
    await inTransaction(db, (tx) =>
      record(tx, {
        type: 'train.refused',
        actor: personActor(by),
        subject: {},
        data: { act, refusal: refusal.code, ...('name' in refusal && { application: refusal.name }) },
      }),
    )
    return refuse(refusal)
  }
}

async function nameOf(tx: Tx, application: string): Promise<string> {
  const row = await tx.application.findUnique({ where: { id: application }, select: { name: true } })
  return row?.name ?? application
}

/** Asks for a release of each member, all in one act; each is a release like any other. */
export function requestTrain(
  db: Db,
  input: TrainInput,
  by: Viewer,
  now: Instant,
  policyFor: (application: PolicyPlace) => ReleasePolicy,
): Answer<{ id: string }> {
  return whole(db, by, 'request', async (tx) => {
    const { reason, ticket, parallel } = input
    // Applications are locked in one order, so that two trains never wait for each other.
    const members = input.members.toSorted((a, b) => (a.application < b.application ? -1 : 1))
    for (const [place, { application }] of members.entries())
      if (members[place + 1]?.application === application)
        throw new Undone({ code: 'twice', name: await nameOf(tx, application) })
    const id = newId('train')
    const digest = trainDigest(members)
    const releases: { release: string; stage: number }[] = []
    for (const { application, plan, stage } of members) {
      const asked = await requestIn(tx, { application, plan, reason, ticket }, by, now, policyFor)
      if (!asked.ok)
        throw new Undone({
          code: 'member',
          name: await nameOf(tx, application),
          why: explainRequest(asked.refusal),
        })
      const release = await tx.release.findUniqueOrThrow({
        where: { id: asked.value.id },
        select: { policy: true },
      })
      if ((release.policy as Partial<ReleasePolicy>).stepUp)
        throw new Undone({ code: 'step-up', name: await nameOf(tx, application) })
      releases.push({ release: asked.value.id, stage })
    }
    const data = { train: id, digest, reason, parallel, releases }
    const event = await record(tx, { type: 'train.requested', actor: personActor(by), subject: {}, data })
    await tx.$executeRaw`
      INSERT INTO rel.train (id, digest, requester_account, requester_person, reason, parallel, event_id)
      VALUES (${id}, ${digest}, ${by.accountId}, ${by.personId}, ${reason}, ${parallel}, ${event})`
    for (const { release, stage } of releases)
      await tx.$executeRaw`
        INSERT INTO rel.train_member (release_id, train_id, stage) VALUES (${release}, ${id}, ${stage})`
    return { id }
  })
}

/** One person's decision on every member that waits for one, in one act. */
export function decideTrain(
  db: Db,
  id: string,
  input: TrainDecisionInput,
  by: Viewer,
  now: Instant,
): Answer<{ decided: number }> {
  return whole(db, by, 'decide', async (tx) => {
    const train = await getTrain(tx, by, id)
    if (!train) throw new Undone({ code: 'no-such-train' })
    if (train.digest !== input.digest) throw new Undone({ code: 'digest-moved' })
    const waiting = train.cars.filter(({ state }) => state === 'requested')
    if (waiting.length === 0) throw new Undone({ code: 'nothing-to-decide' })
    const data = { train: id, digest: train.digest, decision: input.kind, comment: input.comment }
    await record(tx, { type: 'train.decided', actor: personActor(by), subject: {}, data })
    const { kind, comment } = input
    for (const { release, plan, name } of waiting.toSorted((a, b) => (a.release < b.release ? -1 : 1))) {
      const acknowledged = input.acknowledged.filter((each) => each.plan === plan)
      if (kind === 'approve' && acknowledged.length === 0) throw new Undone({ code: 'unread', name })
      const decided = await decideIn(tx, release, { kind, plan, comment, acknowledged }, by, now)
      if (decided.ok) continue
      const why =
        decided.refusal.code === 'no-such-release' ? 'It is not there any more.' : explain(decided.refusal)
      throw new Undone({ code: 'member', name, why })
    }
    return { decided: waiting.length }
  })
}

/** Lets a train go on past a member that did not end well. */
export function resumeTrain(
  db: Db,
  id: string,
  input: { release: string; reason: string },
  by: Viewer,
): Answer<{ resumed: true }> {
  return inTransaction(db, async (tx) => {
    await tx.$executeRaw`SELECT rel.lock_train(${id})`
    const train = await getTrain(tx, by, id)
    const car = train?.cars.find(({ release }) => release === input.release)
    if (!train || !car) return refuse({ code: 'no-such-train' })
    const allowed = mayResume(car, car.where, by)
    if (!allowed.ok) return allowed
    const subject = { release: car.release, application: car.application }
    const data = { train: id, reason: input.reason }
    const event = await record(tx, { type: 'train.resumed', actor: personActor(by), subject, data })
    await tx.$executeRaw`
      INSERT INTO rel.train_resumption (release_id, reason, account_id, person_id, event_id)
      VALUES (${car.release}, ${input.reason}, ${by.accountId}, ${by.personId}, ${event})`
    for (const { release, application } of train.cars) await notify(tx, { release, application, log: true })
    return ok({ resumed: true as const })
  })
}
