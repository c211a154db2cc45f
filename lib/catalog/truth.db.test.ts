import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { createDb } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { type Happened, type Play, type Step, script, startPlay } from './testing-truth.ts'

// COUNTERSIGN_RUNS asks for more runs, COUNTERSIGN_SEED for those of an earlier time.
const runs = Number(process.env.COUNTERSIGN_RUNS ?? 200)
const seed = Number(process.env.COUNTERSIGN_SEED ?? Date.now() % 1_000_000)
/** Scripts that failed once: played first, for ever. */
const foundFile = join(import.meta.dirname, 'truth-found.json')
const found: Step[][] = existsSync(foundFile) ? JSON.parse(readFileSync(foundFile, 'utf8')) : []
const lanes = 8

const { urls } = await testDatabase()
const db = createDb(urls.worker, 16)
afterAll(() => db.$disconnect())
beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(log, level).mockImplementation(() => {})
})

let count = 0

/** Plays a script, lets it become quiet, and says what is wrong then. */
async function play(steps: readonly Step[]): Promise<string[]> {
  const one = await startPlay(db, `truth${count++}`)
  try {
    await one.run(steps)
    one.calm()
    await sweptSince(one)
    return [...(await wrongInCatalog(one)), ...(await wrongInDeployments(one))]
  } finally {
    await one.close()
  }
}

/** Two whole lists from now on: the first may have been asked for before the world was calm. */
async function sweptSince({ instance }: Play): Promise<void> {
  const [quiet] = await db.$queryRaw<{ at: Date }[]>`SELECT clock_timestamp() AS at`
  const swept = () => db.instance.findUniqueOrThrow({ where: { name: instance }, select: { sweptAt: true } })
  const till = Date.now() + 20_000
  while (Date.now() < till) {
    if (((await swept()).sweptAt ?? new Date(0)) > (quiet?.at ?? 0)) return
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
  throw new Error('the catalog never became quiet')
}

async function wrongInCatalog({ instance, world }: Play): Promise<string[]> {
  const rows = await db.application.findMany({ where: { instanceName: instance } })
  const wrong: string[] = []
  for (const row of rows) {
    const app = world.inner.apps.get(row.name)
    if (!app) {
      if (row.goneReason !== 'deleted') wrong.push(`${row.name} is gone, stored as ${row.goneReason}`)
      continue
    }
    const { sync, health, history } = app.core?.status ?? {}
    const last = history?.at(-1)
    const stored = [row.goneAt, row.uid, row.project, row.sync, row.health, row.deployedRevisions.join()]
    const true_ = [null, app.uid, app.spec.project, sync?.status || 'Unknown', health?.status || 'Unknown']
    const revisions = last ? (last.revisions ?? [last.revision]).join() : ''
    if (JSON.stringify(stored) !== JSON.stringify([...true_, revisions]))
      wrong.push(`${row.name}: ${JSON.stringify(stored)} is not ${JSON.stringify([...true_, revisions])}`)
  }
  for (const name of world.inner.names)
    if (!rows.some((row) => row.name === name)) wrong.push(`${name} is missing`)
  return wrong
}

type Range = {
  name: string
  uid: string
  id: bigint | null
  revisions: string[]
  from: number
  to: number | null
  known: string
}

async function wrongInDeployments({ instance, world, happened }: Play): Promise<string[]> {
  const rows = await db.$queryRaw<Range[]>`
    SELECT a.name, d.application_uid AS uid, d.history_id AS id, d.revisions, d.known_from AS known,
      (extract(epoch FROM lower(d.during)) * 1000)::float8 AS "from", (extract(epoch FROM upper(d.during)) * 1000)::float8 AS "to"
    FROM catalog.deployment d JOIN catalog.application a ON a.id = d.application_id
    WHERE a.instance = ${instance} ORDER BY a.name, d.deployed_at`
  const names = new Set([...world.inner.names, ...rows.map((row) => row.name)])
  return [...names].flatMap((name) =>
    wrongInOne(
      name,
      rows.filter((row) => row.name === name),
      happened.filter((each) => each.name === name),
      world,
    ),
  )
}

const same = (row: Range, each: Happened) =>
  row.uid === each.uid && Number(row.id) === each.id && row.id !== null

function wrongInOne(name: string, rows: Range[], happened: Happened[], world: Play['world']): string[] {
  const wrong: string[] = []
  const app = world.inner.apps.get(name)
  const say = (text: string) => wrong.push(`${name}: ${text}`)
  const at = (row: Range) => happened.findIndex((each) => same(row, each))
  const known = rows.filter((row) => row.known !== 'inferred')
  for (const row of known) {
    const truth = happened[at(row)]
    if (!truth) say(`${row.uid} ${row.id} never happened`)
    else if (truth.revisions.join() !== row.revisions.join()) say(`${row.id} has other revisions`)
    // Whole seconds may collide; then order wins, a millisecond each.
    else if (row.from < truth.deployedAt || row.from > truth.deployedAt + 20)
      say(`${row.id} began ${row.from - truth.deployedAt} ms off`)
  }
  for (const [i, row] of known.entries())
    if (i > 0 && at(row) <= at(known[i - 1] as Range)) say(`${row.id} is out of order, or twice`)
  for (const entry of app?.core?.status.history ?? [])
    if (!known.some((row) => row.uid === app?.uid && Number(row.id) === entry.id)) say(`lacks ${entry.id}`)
  for (const [i, row] of rows.entries()) {
    const next = rows[i + 1]
    if (next && next.uid === row.uid && row.to !== next.from) say(`a hole after ${row.id}`)
    if (
      next &&
      next.uid === row.uid &&
      row.known !== 'inferred' &&
      next.known !== 'inferred' &&
      at(next) !== at(row) + 1
    )
      say(`what was lost between ${row.id} and ${next.id} is not said`)
    if (!next && (row.to === null) !== (app?.uid === row.uid)) say(`${row.id} ends ${row.to}`)
  }
  return wrong
}

function keep(steps: readonly Step[]): void {
  const known = JSON.stringify(steps)
  if (found.some((each) => JSON.stringify(each) === known)) return
  writeFileSync(foundFile, `${JSON.stringify([...found, steps], null, 2)}\n`)
}

test('what was found wrong once stays right', async () => {
  for (const steps of found) expect(await play(steps), JSON.stringify(steps)).toEqual([])
}, 120_000)

test(
  `catalog = truth and deployments = what happened, ${runs} times, seed ${seed}`,
  async () => {
    const each = Math.ceil(runs / lanes)
    const lane = async (n: number) => {
      const result = await fc.check(
        fc.asyncProperty(script, async (steps) => {
          const wrong = await play(steps)
          if (wrong.length > 0) throw new Error(wrong.join('\n'))
        }),
        { numRuns: each, seed: seed + n, interruptAfterTimeLimit: 40_000 * Math.ceil(runs / 100) },
      )
      if (result.failed && result.counterexample) {
        keep(result.counterexample[0])
        throw new Error(`seed ${seed}: ${result.errorInstance}\n${fc.defaultReportMessage(result)}`)
      }
      return result.numRuns
    }
    const done = await Promise.allSettled(Array.from({ length: lanes }, (_, n) => lane(n)))
    const failed = done.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
    expect(failed.join('\n\n')).toBe('')
    const played = done.map((one) => (one.status === 'fulfilled' ? one.value : 0))
    expect(played.reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(runs)
  },
  60_000 * Math.max(2, runs / 100),
)
