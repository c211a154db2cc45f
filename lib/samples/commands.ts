import 'server-only'
import { can, type ReadScope, readScope, type Viewer } from '#lib/access/policy.ts'
import { dayAfter, dayStart } from '#lib/audit/history.ts'
import { record } from '#lib/audit/record.ts'
import { sha256 } from '#lib/manifests/digest.ts'
import { instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId, newSecret } from '#lib/platform/ids.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { personActor } from '#lib/releases/commands.ts'
import { getSample, listItems, markOf, type Scope } from './data.ts'
import { maySignOff, mayWrite, paperDigest, type SampleRefusal } from './sample.ts'
import type { DrawInput, NoteInput, SignOffInput } from './schema.ts'

/** The projects a draw covers: what was asked for, within what this person reads. Null: all. */
function projectsOf(scope: ReadScope, project: string | undefined): string[] | null {
  if (scope === 'none') return []
  if (scope === 'all') return project === undefined ? null : [project]
  return project === undefined ? scope.projects : scope.projects.filter((each) => each === project)
}

/** Notes and sign-off one after the other: what is compared with the paper is what is signed. */
const lock = (tx: Tx, id: string) => tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${id}, 34))`

/** Draws a sample. Postgres draws: what is given is a population, a seed (made here when left out) and a size. */
export function drawSample(
  db: Db,
  input: DrawInput,
  by: Viewer,
  request?: string,
): Promise<Result<{ id: string }, SampleRefusal>> {
  return inTransaction(db, async (tx) => {
    if (!can(by, 'sample')) return refuse({ code: 'may-not-sample' })
    const { kind, environment, size } = input
    const scope: Scope = {
      kind,
      from: dayStart(input.from, 'UTC'),
      to: dayStart(dayAfter(input.to), 'UTC'),
      environment: environment ?? null,
      projects: projectsOf(readScope(by, 'read:log'), input.project),
    }
    // Today's end is not over yet: then the period ends now, by the clock that the database guards it with.
    const [{ at }] = await tx.$queryRaw<[{ at: Date }]>`SELECT now() AS at`
    const now = instant(at)
    if (scope.from >= now) return refuse({ code: 'period-not-over' })
    if (scope.to > now) scope.to = now
    const { items: population, digest } = await markOf(tx, scope)
    if (population === 0) return refuse({ code: 'nothing-to-draw' })
    const id = newId('sample')
    const seed = input.seed ?? newSecret().replaceAll('_', '.').slice(0, 22)
    const { from, to, projects } = scope
    const event = await record(tx, {
      type: 'sample.drawn',
      actor: personActor(by),
      subject: {},
      ...(request && { request }),
      data: {
        ...{ sample: id, kind, from, to, seed, size, population, digest },
        ...(environment && { environment }),
        ...(projects && { projects }),
      },
    })
    await tx.$executeRaw`
      INSERT INTO audit.sample (id, kind, from_at, to_at, environment, projects, seed, size, population, digest, account_id, person_id, event_id)
      VALUES (${id}, ${kind}, ${from}::timestamptz, ${to}::timestamptz, ${scope.environment}, ${projects}::text[], ${seed}, ${size},
              ${population}, ${digest}, ${by.accountId}, ${by.personId}, ${event})`
    return ok({ id })
  })
}

/** What the auditor found on one item. A later note takes the place of an earlier one, which stays. */
export function noteItem(
  db: Db,
  id: string,
  { n, verdict, words }: NoteInput,
  by: Viewer,
): Promise<Result<{ noted: number }, SampleRefusal>> {
  return inTransaction(db, async (tx) => {
    await lock(tx, id)
    const sample = await getSample(tx, readScope(by, 'read:log'), id)
    const items = sample ? await listItems(tx, id) : []
    const item = items.find((each) => each.n === n)?.item
    if (!sample || !item) return refuse({ code: 'no-such-sample' })
    const allowed = mayWrite(sample, by)
    if (!allowed.ok) return allowed
    const event = await record(tx, {
      type: 'sample.noted',
      actor: personActor(by),
      subject: {},
      data: { sample: id, item, verdict, ...(words && { words }) },
    })
    await tx.$executeRaw`
      INSERT INTO audit.sample_note (id, sample_id, n, verdict, words, account_id, person_id, event_id)
      VALUES (${newId('sampleNote')}, ${id}, ${n}, ${verdict}, ${words ?? null}, ${by.accountId}, ${by.personId}, ${event})`
    return ok({ noted: n })
  })
}

/** Signs the working paper that the auditor read; nothing can be added afterwards. */
export function signOffSample(
  db: Db,
  id: string,
  { paper, conclusion }: SignOffInput,
  by: Viewer,
): Promise<Result<{ paper: string }, SampleRefusal>> {
  return inTransaction(db, async (tx) => {
    await lock(tx, id)
    const sample = await getSample(tx, readScope(by, 'read:log'), id)
    if (!sample) return refuse({ code: 'no-such-sample' })
    const allowed = maySignOff(sample, by)
    if (!allowed.ok) return allowed
    const items = await listItems(tx, id)
    if (paperDigest(sample, items) !== paper) return refuse({ code: 'paper-moved' })
    const event = await record(tx, {
      type: 'sample.signed-off',
      actor: personActor(by),
      subject: {},
      data: { sample: id, items: sample.items, exceptions: sample.exceptions, conclusion, paper },
    })
    await tx.$executeRaw`
      INSERT INTO audit.sample_sign_off (sample_id, conclusion, paper, account_id, person_id, event_id)
      VALUES (${id}, ${conclusion}, ${paper}, ${by.accountId}, ${by.personId}, ${event})`
    return ok({ paper })
  })
}

/** That the working paper was taken away, and the digest of the file. */
export function recordPaper(
  db: Db,
  { by, sample, text, request }: { by: Viewer; sample: string; text: string; request?: string },
): Promise<string> {
  return inTransaction(db, (tx) =>
    record(tx, {
      type: 'sample.exported',
      actor: personActor(by),
      subject: {},
      ...(request && { request }),
      data: { sample, file: sha256(text) },
    }),
  )
}
