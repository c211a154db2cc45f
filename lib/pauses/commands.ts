import 'server-only'
import { readScope, type Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { personActor } from '#lib/releases/commands.ts'
import { findPlaces, getPause, heldByPause } from './data.ts'
import { mayPause, mayResume, type PauseInput, type PauseRefusal, type Place, placeWords } from './pause.ts'

function subjectOf(place: Place) {
  if (place.scope !== 'application') return {}
  const { id, service, environment } = place
  return { application: id, ...(service && { service }), ...(environment && { environment }) }
}

/** Waits for the intents that are being written; later ones see what we do. Before anything else: one order of locks. */
const lockHolds = (tx: Tx) => tx.$executeRaw`SELECT rel.lock_holds(true)`

/** Every page draws its ribbon anew (`*` is any instance); what waits is looked at again, by the worker too. */
async function tell(tx: Tx, pause: string): Promise<void> {
  await notify(tx, { instance: '*', log: true })
  for (const names of await heldByPause(tx, pause)) await notify(tx, names)
}

/** Stops all releases of a place, each before its sync is sent. A refusal is recorded too, then returned. */
export function startPause(
  db: Db,
  input: PauseInput,
  by: Viewer,
): Promise<Result<{ id: string }, PauseRefusal>> {
  return inTransaction(db, async (tx) => {
    await lockHolds(tx)
    const [place, other] = await findPlaces(tx, readScope(by), input)
    if (!place) return refuse({ code: 'no-such-place' })
    if (other) return refuse({ code: 'several-applications' })
    const head = { actor: personActor(by), subject: subjectOf(place) }
    const { scope } = place
    const about = { scope, place: placeWords(place) }
    const allowed = mayPause(place, by)
    if (!allowed.ok) {
      const data = { ...about, act: 'pause', refusal: allowed.refusal.code } as const
      await record(tx, { ...head, type: 'pause.refused', data })
      return allowed
    }
    const [instance, project, application] = [
      place.scope === 'instance' ? place.instance : null,
      place.scope === 'project' ? place.project : null,
      place.scope === 'application' ? place.id : null,
    ]
    const same = await tx.$queryRaw<unknown[]>`
      SELECT 1 FROM rel.pause_now WHERE scope = ${scope} AND instance IS NOT DISTINCT FROM ${instance}
        AND project IS NOT DISTINCT FROM ${project} AND application_id IS NOT DISTINCT FROM ${application}`
    if (same.length > 0) return refuse({ code: 'already-paused' })
    const id = newId('pause')
    const { reason } = input
    const event = await record(tx, { ...head, type: 'pause.started', data: { ...about, pause: id, reason } })
    await tx.$executeRaw`
      INSERT INTO rel.pause (id, scope, instance, project, application_id, reason, account_id, person_id, event_id)
      VALUES (${id}, ${scope}, ${instance}, ${project}, ${application}, ${reason}, ${by.accountId}, ${by.personId}, ${event})`
    await tell(tx, id)
    return ok({ id })
  })
}

/** Ends a pause; what waited goes on by itself. A refusal is recorded too, then returned. */
export function endPause(
  db: Db,
  id: string,
  { reason }: { reason: string },
  by: Viewer,
): Promise<Result<{ id: string }, PauseRefusal>> {
  return inTransaction(db, async (tx) => {
    await lockHolds(tx)
    const pause = await getPause(tx, readScope(by), id)
    if (!pause) return refuse({ code: 'no-such-pause' })
    const head = { actor: personActor(by), subject: subjectOf(pause.place) }
    const about = { scope: pause.place.scope, place: placeWords(pause.place), pause: id }
    const allowed = mayResume(pause, by)
    if (!allowed.ok) {
      const data = { ...about, act: 'resume', refusal: allowed.refusal.code } as const
      await record(tx, { ...head, type: 'pause.refused', data })
      return allowed
    }
    const event = await record(tx, { ...head, type: 'pause.ended', data: { ...about, reason } })
    await tx.$executeRaw`
      INSERT INTO rel.resumption (pause_id, reason, account_id, person_id, event_id)
      VALUES (${id}, ${reason}, ${by.accountId}, ${by.personId}, ${event})`
    await tell(tx, id)
    return ok({ id })
  })
}
