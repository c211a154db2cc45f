import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, urls, web } from '#lib/releases/testing-attacks.ts'
import type { CrashPoint } from './execute.ts'
import kept from './stateful-seeds.json' with { type: 'json' }
import type { Passage } from './testing.ts'
import { createWorld, type Scene, type World } from './testing-world.ts'

/**
 * Whatever happens in whatever order, I1–I14 hold after each act (audit-security 6.1, T2). By name 2,000 runs of 60:
 * `COUNTERSIGN_RUNS=2000 COUNTERSIGN_ACTS=60`. A run that fails prints its seed and path: it goes into
 * stateful-seeds.json and is played again in every run of the tests.
 */

const runs = Number(process.env.COUNTERSIGN_RUNS ?? 200)
const acts = Number(process.env.COUNTERSIGN_ACTS ?? 10)
const db = { web: createDb(urls.web), worker: createDb(urls.worker) }
let scene: Scene
let aheadMs = 0

const person = async (name: string, role: 'developer' | 'approver'): Promise<Viewer> => {
  const { account, person } = await seed.seedPerson(admin, name)
  const ids = { accountId: account, personId: person, name, initials: name.slice(0, 1), groups: [] }
  return { ...ids, grants: [{ role }], service: false, enabled: true }
}
beforeAll(async () => {
  const people = {
    jonas: await person('Jonas', 'developer'),
    anna: await person('Anna', 'approver'),
    marta: await person('Marta', 'approver'),
    third: await person('Third', 'approver'),
  }
  const rows = await admin.query<{ t: string }>(
    `SELECT from_state || ' ' || to_state AS t FROM rel.transition`,
  )
  const transitions = new Set(rows.rows.map(({ t }) => t))
  scene = { admin, web, webDb: db.web, workerDb: db.worker, people, transitions }
})
afterAll(() => Promise.all([db.web.$disconnect(), db.worker.$disconnect()]))

type Act = fc.AsyncCommand<object, World>
const act = (name: string, run: (world: World) => unknown): Act => ({
  check: () => true,
  async run(_, world) {
    await run(world)
    const wrong = await world.check()
    if (wrong.length > 0) throw new Error(wrong.join('\n'))
  },
  toString: () => name,
})

const which = fc.integer({ min: 0, max: 1 })
const approver = fc.constantFrom('anna', 'marta', 'third')
/** Between the intent and the answer is where it is hard. */
const points: CrashPoint[] = [
  ...(['claimed', 'checked', 'intent', 'intent', 'intent', 'sending', 'sending'] as const),
  ...(['sent', 'answered', 'syncing', 'verifying'] as const),
]
const passages = ['whole', 'whole', 'reply-lost', 'lost', 'late', 'not-sent'] as const satisfies Passage[]
const stops = fc.option(
  fc.record({ how: fc.constantFrom('dies', 'stands'), at: fc.constantFrom(...points) }),
  { freq: 2 },
)
const on = (name: string, run: (world: World, i: number) => unknown) =>
  which.map((i) => act(`${name} ${i}`, (world) => run(world, i)))
/** A whole way to approved in one act: without it few runs would get as far as a request to Argo CD. */
const signed = async (world: World, i: number) => {
  await world.request(i)
  for (const name of ['anna', 'marta', 'third'] as const) await world.decide(i, name, 'approve')
  await world.anchor()
}
const turns = fc
  .record({ worker: fc.constantFrom('w1', 'w2'), passage: fc.constantFrom(...passages), stop: stops })
  .map(({ worker, passage, stop }) =>
    act(`turn ${worker} ${passage} ${stop ? `${stop.how} at ${stop.at}` : ''}`, (world) =>
      world.turn(worker, passage, stop as Parameters<World['turn']>[2]),
    ),
  )
const time = fc.constantFrom(1_000, 16_000, 31_000, 92_000, 92_000, 92_000, 4_000_000).map((ms) =>
  act(`${ms / 1000} s go by`, async (world) => {
    aheadMs += ms
    await world.elapse(ms)
  }),
)
const all: fc.Arbitrary<Act>[] = [
  ...Array.from({ length: 12 }, () => turns),
  ...Array.from({ length: 5 }, () => time),
  ...Array.from({ length: 8 }, () => on('signed', signed)),
  on('request', (world, i) => world.request(i)),
  fc
    .tuple(which, approver)
    .map(([i, name]) => act(`${name} approves ${i}`, (w) => w.decide(i, name, 'approve'))),
  fc
    .tuple(which, approver)
    .map(([i, name]) => act(`${name} rejects ${i}`, (w) => w.decide(i, name, 'reject'))),
  on('the requester approves', (world, i) => world.decide(i, 'jonas', 'approve')),
  on('withdraw', (world, i) => world.withdraw(i)),
  on('revoke', (world, i) => world.revoke(i)),
  fc.constant(act('anchor', (world) => world.anchor())),
  fc.constant(act('who stands goes on', (world) => world.wake())),
  fc.constant(act('late requests arrive', (world) => world.late())),
  on('a human syncs', (world, i) => world.human(i)),
  on('parameters are edited', (world, i) => world.edit(i)),
  on('the branch moves', (world, i) => world.branch(i)),
  on('deleted and created again', (world, i) => world.recreate(i)),
  fc
    .constantFrom(true, false, false)
    .map((down) => act(`Argo CD ${down ? 'is down' : 'is back'}`, (w) => (w.argo.set.down = down))),
  fc.boolean().map((fails) => act(`syncs ${fails ? 'fail' : 'work'}`, (w) => (w.argo.set.fails = fails))),
  fc
    .constantFrom(false, true, true)
    .map((is) => act(`the window ${is ? 'opens' : 'shuts'}`, (w) => (w.argo.set.windowOpen = is))),
  fc
    .tuple(fc.constantFrom('anna', 'marta'), fc.constantFrom(false, true, true))
    .map(([name, is]) => act(`${name} is ${is ? 'enabled' : 'disabled'}`, (w) => w.enable(name, is))),
]

/** How often the runs got to what matters; a test that never sends proves nothing. */
const seen = { syncs: 0, reviews: 0, second: 0 }

async function play(commands: Iterable<fc.AsyncCommand<object, World>>): Promise<void> {
  const world = await createWorld(scene)
  try {
    await fc.asyncModelRun(() => ({ model: {}, real: world }), commands)
    aheadMs += 92_000 * 8
    const left = await world.settle()
    if (left.length > 0) throw new Error(`I14: ${left.join('\n')}`)
    const wrong = await world.check()
    if (wrong.length > 0) throw new Error(wrong.join('\n'))
    const told = await world.told()
    seen.syncs += world.argo.accepted.length
    seen.reviews += told.filter(({ state }) => state === 'review').length
    seen.second += told.filter(({ intents }) => intents.length === 2).length
  } finally {
    await world.wake()
  }
}

const property = (given: { maxCommands: number; replayPath?: string }) =>
  fc.asyncProperty(fc.commands(all, { size: 'max', ...given }), play)

/** The workers' own clock goes by as that of Postgres does. */
function goesBy(): void {
  const real = clock.monotonicMs
  vi.spyOn(clock, 'monotonicMs').mockImplementation(() => real() + aheadMs)
}

test('the invariants hold after whatever happens', { timeout: 120_000 + runs * acts * 400 }, async () => {
  goesBy()
  await fc.assert(property({ maxCommands: acts }), { numRuns: runs })
  expect(seen.syncs).toBeGreaterThan(runs / 10)
})

test.each(kept as { seed: number; path: string; replayPath: string; acts: number; why: string }[])(
  'a run that once failed: $why',
  async ({ acts: maxCommands, replayPath, ...given }) => {
    goesBy()
    const { seed, path } = given
    await fc.assert(property({ maxCommands, replayPath }), { seed, path, endOnFailure: true })
  },
)
