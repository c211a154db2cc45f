import pg from 'pg'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { decideRelease, requestRelease } from '#lib/releases/commands.ts'
import { policyFor } from '#lib/releases/policy.ts'
import * as seed from '#lib/releases/testing.ts'
import { type Base, startBase } from './ingest/base.ts'
import { bootstrap, measure, median, type Outcome, quantile } from './measure.ts'

const releasesAtOnce = 100
const rounds = 12
/** People at once, each with a connection: what waits for one would be measured otherwise. */
const lanes = 20
const goals = { perSecond: 300, p99Ms: 250 }

type Vote = { release: string; plan: string; by: Viewer }
type Asked = { id: string; plan: string }

async function person(client: pg.Client, name: string, role: 'developer' | 'approver'): Promise<Viewer> {
  const { account, person } = await seed.seedPerson(client, name)
  const ids = { accountId: account, personId: person, name, initials: 'P', groups: [] }
  return { ...ids, grants: [{ role }], service: false, enabled: true }
}

/** So many releases, each asked for through the product, of applications and plans of their own. */
async function propose(db: Db, client: pg.Client, by: Viewer, round: number): Promise<Asked[]> {
  const asked: Asked[] = []
  for (let n = 0; n < releasesAtOnce; n++) {
    const application = await seed.seedApplication(client, `b20-${round}-${n}`)
    const plan = await seed.seedPlan(client, application)
    const input = { application, plan, reason: 'measured by a bench' }
    const made = await requestRelease(db, input, by, clock.now(), (where) => policyFor([], where))
    if (!made.ok) throw new Error(`not asked for: ${made.refusal.code}`)
    asked.push({ id: made.value.id, plan })
  }
  return asked
}

/** Everybody's first vote, then for each release two at once for the one place that is left. */
function votesFor(asked: readonly Asked[], [first, ...others]: readonly Viewer[]): Vote[] {
  const of = (by: Viewer) => (each: Asked) => ({ release: each.id, plan: each.plan, by })
  const last = asked.flatMap((each) => others.map((by) => of(by)(each)))
  return [...(first ? asked.map(of(first)) : []), ...last]
}

/** All of them in this order, so many at once; how long each took, and all together, in milliseconds. */
async function inLanes<T>(all: readonly T[], act: (one: T) => Promise<unknown>) {
  const latencies: number[] = []
  const waiting = [...all]
  const startedMs = clock.monotonicMs()
  const lane = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const begunMs = clock.monotonicMs()
      await act(one)
      latencies.push(clock.monotonicMs() - begunMs)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { latencies, perSecond: (all.length * 1_000) / (clock.monotonicMs() - startedMs) }
}

/** Releases that are not approved by exactly two people other than their requester, once, with an entry for each. */
async function violations(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(`
    SELECT count(*)::int AS n FROM rel.release r WHERE r.state <> 'approved'
      OR (SELECT count(DISTINCT d.person_id) FROM rel.decision d WHERE d.release_id = r.id AND d.kind = 'approve'
          AND d.person_id <> r.requester_person AND d.plan_digest = r.plan_digest) <> 2
      OR (SELECT count(*) FROM rel.decision d WHERE d.release_id = r.id) <> 2
      OR (SELECT count(*) FROM audit.event e WHERE e.release_id = r.id AND e.type = 'release.decided') <> 2
      OR (SELECT count(*) FROM audit.event e WHERE e.release_id = r.id AND e.type = 'release.approved') <> 1`)
  return rows[0]?.n ?? Number.NaN
}

/** The control: reads, checks and writes without a lock. Answers with its throughput and the releases it got wrong. */
async function naive({ adminUrl }: Base, client: pg.Client, asked: readonly Asked[], people: Viewer[]) {
  await client.query('CREATE SCHEMA bench')
  await client.query('CREATE TABLE bench.vote (release text, person text)')
  await client.query('CREATE TABLE bench.approved (release text)')
  const pool = new pg.Pool({ connectionString: adminUrl, max: lanes })
  try {
    const { perSecond } = await inLanes(votesFor(asked, people), async ({ release, by }) => {
      const of = 'SELECT count(*)::int AS n FROM bench.vote WHERE release = $1'
      const votes = Number((await pool.query(of, [release])).rows[0].n)
      if (votes >= 2) return
      await pool.query('INSERT INTO bench.vote VALUES ($1, $2)', [release, by.personId])
      if (votes === 1) await pool.query('INSERT INTO bench.approved VALUES ($1)', [release])
    })
    const { rows } = await client.query(
      'SELECT count(*)::int AS n FROM (SELECT FROM bench.vote GROUP BY release HAVING count(*) <> 2) AS wrong',
    )
    return { perSecond, wrong: Number(rows[0].n) }
  } finally {
    await pool.end()
  }
}

/** B20: decisions on a hundred releases at once through the command of the product, in one process as a web is one. */
export async function decisions(say: (line: string) => void): Promise<Outcome> {
  const base = await startBase('decisions-postgres')
  const db = createDb(base.webUrl, lanes)
  const client = await seed.connect(base.adminUrl)
  try {
    const developer = await person(client, 'Devi', 'developer')
    const people: Viewer[] = []
    for (const name of ['Adam', 'Bela', 'Cora']) people.push(await person(client, name, 'approver'))
    const [latencies, rates]: [number[], number[]] = [[], []]
    let [accepted, last]: [number, Asked[]] = [0, []]
    const used = { startMs: 0, cpuMs: 0, decided: 0 }
    for (let round = 0; round <= rounds; round++) {
      last = await propose(db, client, developer, round)
      say(`B20: round ${round} of ${rounds}`)
      const cpu = process.cpuUsage()
      const ran = await inLanes(votesFor(last, people), async ({ release, plan, by }) => {
        const told = await decideRelease(db, release, { kind: 'approve', plan }, by, clock.now())
        if (told.ok) accepted += 1
      })
      // The first is the warming of caches and pools.
      if (round === 0) continue
      const { user, system } = process.cpuUsage(cpu)
      used.cpuMs += (user + system) / 1_000
      used.decided += ran.latencies.length
      latencies.push(...ran.latencies)
      rates.push(ran.perSecond)
    }
    const wrong = await violations(client)
    const control = await naive(base, client, last, people)
    const caught = control.wrong > 0
    const what = `decisions on ${releasesAtOnce} releases at once, ${lanes} people at a time`
    const p99 = bootstrap(latencies, (of) => quantile(of, 0.99))
    const rate = { id: 'B20', what, goal: goals.perSecond, unit: '/s', better: 'higher' } as const
    const late = { id: 'B20.p99', what: `p99 of ${what}`, goal: goals.p99Ms, unit: 'ms' } as const
    const none = { id: 'B20.violations', what: 'share of releases with a broken rule', goal: 0 } as const
    const broken = (wrong * 100) / ((rounds + 1) * releasesAtOnce)
    return {
      measures: [
        measure(rate, bootstrap(rates, median), caught),
        measure(late, p99, caught),
        {
          ...{ ...none, value: broken, better: 'lower', unit: '%', noise: 0, load: 0 },
          pass: caught && wrong === 0,
        },
      ],
      notes: [
        `${latencies.length} decisions, p50 ${median(latencies).toFixed(0)} ms; ${accepted} accepted of ${(rounds + 1) * 3 * releasesAtOnce}, the others refused and recorded`,
        `our process computed ${(used.cpuMs / used.decided).toFixed(2)} ms a decision`,
        `control without a lock: ${control.perSecond.toFixed(0)} a second, ${control.wrong} of ${releasesAtOnce} releases wrong (${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
      ],
    }
  } finally {
    await client.end()
    await db.$disconnect()
    await base.close()
  }
}
