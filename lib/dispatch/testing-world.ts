import type pg from 'pg'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { decideRelease, withdrawRelease } from '#lib/releases/commands.ts'
import * as seed from '#lib/releases/testing.ts'
import type { CrashPoint } from './execute.ts'
import { createFakeArgo, type FakeApp, type Passage } from './testing.ts'
import { broken, look, type Memory } from './testing-invariants.ts'
import { elapse, seedRendered, seedTarget, work } from './testing-scene.ts'

/** Two applications, five people, two workers and an Argo CD, and all that may happen to them, one act at a time. */

export type Scene = {
  admin: pg.Client
  web: pg.Client
  webDb: Db
  workerDb: Db
  people: Record<'jonas' | 'anna' | 'marta' | 'third', Viewer>
  transitions: ReadonlySet<string>
}
export type World = Awaited<ReturnType<typeof createWorld>>

/** The end of a process, in the middle of what it does. */
class Killed extends Error {}
const who = ({ accountId, personId }: Viewer): seed.Who => ({ account: accountId, person: personId })
/** A request may be this late (quiet period minus deadline); what would be later is lost. */
const lateMsMax = 75_000

export async function createWorld(scene: Scene) {
  const { admin, web, webDb, workerDb, people } = scene
  const argo = createFakeArgo()
  await admin.query(
    `UPDATE rel.release SET lease_until = now() + interval '9 years' WHERE finished_at IS NULL`,
  )
  await admin.query('UPDATE access.account SET enabled = true WHERE NOT enabled')
  const targets = [await seedTarget(admin, argo), await seedTarget(admin, argo)] as const
  const applications = targets.map(({ application }) => application)
  // An Argo CD of this world's own: what another run left on its way takes no place here.
  await admin.query(
    `WITH made AS (INSERT INTO catalog.instance (name) VALUES ($1))
     UPDATE catalog.application SET instance = $1 WHERE id = ANY($2)`,
    [targets[0].name, applications],
  )
  const memory: Memory = new Map()
  const stopped: (() => void)[] = []
  const working = new Set<Promise<unknown>>()
  let lateMs = 0
  let count = 0

  const target = (i: number) => targets[i % 2 === 0 ? 0 : 1]
  const app = (i: number) => argo.apps.get(target(i).name) as FakeApp
  const open = async (i: number) => {
    const found = await admin.query<{ id: string; plan_digest: string }>(
      'SELECT id, plan_digest FROM rel.release WHERE application_id = $1 AND finished_at IS NULL',
      [target(i).application],
    )
    return found.rows[0]
  }
  const decide = async (
    i: number,
    name: 'anna' | 'marta' | 'third' | 'jonas',
    kind: 'approve' | 'reject',
  ) => {
    const release = await open(i)
    if (!release) return
    const enabled = await admin.query('SELECT enabled FROM access.account WHERE id = $1', [
      people[name].accountId,
    ])
    const by = { ...people[name], enabled: enabled.rows[0].enabled }
    const comment = kind === 'reject' ? { comment: 'not like this' } : {}
    await decideRelease(webDb, release.id, { kind, plan: release.plan_digest, ...comment }, by, clock.now())
  }

  /** One turn of a worker; it dies or stands still at `stop`, and the request passes as told. */
  async function turn(
    worker: string,
    passage: Passage,
    stop: { how: 'dies' | 'stands'; at: CrashPoint } | null,
  ) {
    argo.passages.splice(0, argo.passages.length, passage)
    if (argo.held() === 0) lateMs = 0
    let standing: (() => void) | undefined
    const reached = (point: CrashPoint) => {
      if (point !== stop?.at) return undefined
      if (stop.how === 'dies') throw new Killed()
      return new Promise<void>((resolve) => {
        stopped.push(resolve)
        standing?.()
      })
    }
    const done: Promise<unknown> = work(workerDb, argo, { worker, reached })
      .catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
      })
      .finally(() => working.delete(done))
    working.add(done)
    await Promise.race([done, new Promise<void>((resolve) => (standing = resolve))])
  }

  const world = {
    argo,
    async request(i: number) {
      if (argo.set.down || argo.apps.get(target(i).name) === undefined) return
      const revision = app(i).status.sync.revision
      const plan = await seedRendered(admin, argo, { ...target(i), revision })
      const { application } = target(i)
      await seed.insertRelease(web, { application, plan, by: who(people.jonas) }).catch((error: Error) => {
        if (!/release_one_open|disabled account/.test(error.message)) throw error
      })
    },
    decide,
    async withdraw(i: number) {
      const release = await open(i)
      if (release) await withdrawRelease(webDb, release.id, people.jonas, clock.now())
    },
    async revoke(i: number) {
      const release = await open(i)
      if (!release) return
      await seed
        .moveRelease(web, release.id, 'revoked', { kind: 'person', ...who(people.anna) })
        .catch((error: Error) => {
          if (!/may not move|no two people|only who approved/.test(error.message)) throw error
        })
    },
    anchor: () => seed.anchorAll(admin),
    turn,
    /** Whoever stands still goes on, after whatever happened meanwhile. */
    async wake() {
      for (const go of stopped.splice(0)) go()
      await Promise.all(working)
    },
    async elapse(ms: number) {
      lateMs += ms
      if (lateMs > lateMsMax) argo.forget()
      await elapse(admin, ms)
      return ms
    },
    async late() {
      argo.deliver()
    },
    human: (i: number) => argo.human(target(i).name),
    edit(i: number) {
      app(i).spec.source.helm = { parameters: [{ name: 'n', value: `${count++}` }] }
    },
    branch(i: number) {
      app(i).status.sync.revision = `${count++}`.padStart(40, 'd')
    },
    recreate: (i: number) => argo.add(target(i).name, app(i).status.sync.revision).metadata.uid,
    async enable(name: 'anna' | 'marta', enabled: boolean) {
      await admin.query('UPDATE access.account SET enabled = $1 WHERE id = $2', [
        enabled,
        people[name].accountId,
      ])
    },
    told: () => look(admin, applications),
    async check(): Promise<string[]> {
      return broken(await look(admin, applications), argo.accepted, scene.transitions, memory)
    },
    /** Everything works again: what is on its way comes to an end (I14). Those that still are open, in words. */
    async settle(): Promise<string[]> {
      await world.wake()
      Object.assign(argo.set, { down: false, windowOpen: true, fails: false })
      await seed.anchorAll(admin)
      for (let round = 0; round < 8; round++) {
        await world.elapse(92_000)
        for (let i = 0; i < 3; i++) await turn('w1', 'whole', null)
        const left = (await world.told()).filter(({ state }) =>
          ['approved', 'dispatching', 'syncing', 'verifying'].includes(state),
        )
        if (left.length === 0) return []
        if (round === 7) return left.map((each) => JSON.stringify(each))
      }
      return []
    },
  }
  return world
}
