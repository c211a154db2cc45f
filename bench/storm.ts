import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMs } from './cpu.ts'
import { type Base, startBase, startProgram, stopProgram } from './ingest/base.ts'
import { applicationTexts, type Feed, startFeed } from './ingest/feed.ts'
import { exact, measure, type Outcome, quantile } from './measure.ts'
import { eventually } from './stack.ts'

const perSecond = 5_000
const noisePerSecond = 330
const goals = { lagMs: 1_000, noiseShare: 0.05 }

/** An application as it will be told again and again, cut where something changes. */
type Cut = { name: string; parts: string[]; version: number }
const marks = { version: '@version@', health: '@health@', at: '@at@' }
const markers = new RegExp(Object.values(marks).join('|'))

function cut(text: string): Cut {
  const app = JSON.parse(text)
  const version = Number(app.metadata.resourceVersion)
  app.metadata.resourceVersion = marks.version
  for (const entry of app.metadata.managedFields ?? [])
    if (entry.manager === 'argocd-application-controller') entry.time = marks.at
  app.status.health.status = marks.health
  app.status.reconciledAt = marks.at
  return {
    name: app.metadata.name,
    parts: JSON.stringify(app).split(new RegExp(`(${markers.source})`)),
    version,
  }
}

/** One event in the framing of Argo CD. */
function told(one: Cut, health: string, at: string): string {
  const values: Record<string, string> = {
    [marks.version]: String(one.version),
    [marks.health]: health,
    [marks.at]: at,
  }
  return `data: {"result":{"type":"MODIFIED","application":${one.parts.map((part) => values[part] ?? part).join('')}}} \n\n\n`
}

/** Calls `send(n)` for every n, that many a second by the clock, however long a call takes. Returns when each was due. */
async function openLoop(count: number, rate: number, send: (n: number) => void): Promise<number[]> {
  const beganMs = Date.now()
  const due = Array.from({ length: count }, (_, n) => beganMs + (n * 1_000) / rate)
  for (let n = 0; n < count; ) {
    const now = Date.now()
    while (n < count && (due[n] ?? 0) <= now) send(n++)
    await sleep(4)
  }
  return due
}

const healths = ['Degraded', 'Healthy', 'Progressing', 'Healthy'] as const
const healthOf = (round: number) => healths[round % healths.length] ?? 'Healthy'
const second = (n: number) => new Date(1_800_000_000_000 + n * 1_000).toISOString().replace('.000', '')

type Stormed = { lags: number[]; wrong: number; told: number }

/** Tells of changes of health, each application in its turn, and reads when the row of each was committed. */
async function storm(
  feed: Feed,
  cuts: Cut[],
  count: number,
  seen: () => Promise<Seen[]>,
  stored: () => Promise<number>,
): Promise<Stormed> {
  const rounds = Math.ceil(count / cuts.length)
  const due = await openLoop(count, perSecond, (n) => {
    const one = cuts[n % cuts.length] as Cut
    one.version += 1_000_000
    feed.send(told(one, healthOf(Math.floor(n / cuts.length)), second(n)))
  })
  const at = new Map(cuts.map((one, index) => [one.name, index]))
  const wanted = (index: number) => Math.floor((count - 1 - index) / cuts.length)
  const wrongNow = (name: string, last: string) => {
    const round = wanted(at.get(name) ?? -1)
    return round >= 0 && last !== healthOf(round)
  }
  // Looking closely would take from Postgres what it needs for the storm.
  for (let before = -1, now = await stored(); before !== now; now = await stored()) {
    before = now
    await sleep(3_000)
  }
  const rows = await seen()
  const wrong = rows.filter(({ name, healths: list }) => wrongNow(name, list.at(-1) ?? '')).length
  const lags: number[] = []
  for (const { name, healths: list, committed } of rows) {
    const index = at.get(name)
    if (index === undefined) continue
    // From the newest backwards: what came before the storm stands first.
    for (let round = Math.min(wanted(index), rounds), last = list.length - 1; round >= 0; round--, last--) {
      const sent = due[round * cuts.length + index]
      if (list[last] === healthOf(round) && sent !== undefined) lags.push((committed[last] ?? 0) - sent)
    }
  }
  return { lags, wrong, told: count }
}

type Seen = { name: string; healths: string[]; committed: number[] }

/** How many rows were ever written to a table. */
const writes =
  ({ admin }: Base, table: string) =>
  async () => {
    const [row] = await admin.$queryRaw<{ n: bigint }[]>`
    SELECT n_tup_ins + n_tup_upd AS n FROM pg_stat_user_tables WHERE relname = ${table}`
    return Number(row?.n ?? 0)
  }
const byPoints =
  ({ admin }: Base) =>
  () =>
    admin.$queryRaw<Seen[]>`
  SELECT a.name, array_agg(s.health ORDER BY s.at) AS healths,
    array_agg((extract(epoch FROM pg_xact_commit_timestamp(s.xmin)) * 1000)::float8 ORDER BY s.at) AS committed
  FROM catalog.status_point s JOIN catalog.application a ON a.id = s.application_id GROUP BY a.name`
const byControl =
  ({ admin }: Base) =>
  () =>
    admin.$queryRaw<Seen[]>`
  SELECT name, ARRAY[health] AS healths,
    ARRAY[(extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000)::float8] AS committed FROM control`

/** P6: a storm of changes on a large fleet, then nothing but reconciling, through the product's own loop. */
export async function eventStorm(
  say: (line: string) => void,
  size: { services: number; seconds: number } = { services: 17_000, seconds: 20 },
): Promise<Outcome> {
  say(`P6: making the applications of ${size.services} services`)
  const texts = await applicationTexts(size.services)
  const cuts = texts.map(cut)
  const base = await startBase('storm-postgres')
  const feed = await startFeed()
  feed.setList(
    cuts.map((one) =>
      told(one, 'Healthy', second(0)).slice(
        'data: {"result":{"type":"MODIFIED","application":'.length,
        -'}} \n\n\n'.length,
      ),
    ),
  )
  try {
    const child = await startProgram('follower.ts', [base.workerUrl, feed.url])
    const pid = child.pid ?? 0
    say(`P6: reading ${cuts.length} applications for the first time`)
    // A list before the watch and one after it.
    const swept = () => base.admin.instance.findFirst({ where: { sweptAt: { not: null } } })
    await eventually('the first list', swept, 600_000)
    await eventually('the watch', async () => (feed.watchers() > 0 && feed.lists() > 1 ? true : null), 60_000)
    await sleep(5_000)
    await base.admin.$executeRawUnsafe('VACUUM ANALYZE')
    say(`P6: ${perSecond} changes a second for ${size.seconds} s`)
    const before = cpuMs(pid)
    const count = perSecond * size.seconds
    const ours = await storm(feed, cuts, count, byPoints(base), writes(base, 'status_point'))
    const cpuUs = ((cpuMs(pid) - before) * 1_000) / count
    say(`P6: only reconciling, ${noisePerSecond} a second`)
    const noiseSeconds = 10
    const rest = cpuMs(pid)
    await openLoop(noisePerSecond * noiseSeconds, noisePerSecond, (n) => {
      const one = cuts[(n * 7) % cuts.length] as Cut
      one.version += 1_000_000
      const index = (n * 7) % cuts.length
      feed.send(told(one, healthOf(Math.floor((count - 1 - index) / cuts.length)), second(n + count)))
    })
    const noise = (cpuMs(pid) - rest) / (noiseSeconds * 1_000)
    await stopProgram(child)
    say('P6: the positive control')
    await base.admin.$executeRawUnsafe(
      'CREATE TABLE control (name text PRIMARY KEY, health text, body jsonb)',
    )
    const rows = await startProgram('rows.ts', [base.adminUrl, feed.url])
    const control = await storm(
      feed,
      cuts,
      Math.min(perSecond * 5, cuts.length),
      byControl(base),
      writes(base, 'control'),
    )
    await stopProgram(rows)
    const lag = (share: number) => quantile(ours.lags, share)
    const controlLag = quantile(control.lags, 0.99)
    const caught = controlLag > goals.lagMs || control.wrong > 0
    const right = (cuts.length - ours.wrong) / cuts.length
    const what = `${perSecond} changes a second for ${size.seconds} s on ${cuts.length} applications`
    return {
      measures: [
        measure(
          { id: 'P6', what: `${what}: told rightly in the end`, goal: 1, unit: 'x', better: 'higher' },
          exact(right),
          caught,
        ),
        measure(
          { id: 'P6', what: `${what}: lag, p99`, goal: goals.lagMs, unit: 'ms' },
          exact(lag(0.99)),
          caught,
        ),
        measure(
          {
            id: 'P6',
            what: `${noisePerSecond} reconciliations a second, of a core`,
            goal: goals.noiseShare,
            unit: 'x',
          },
          exact(noise),
          caught,
        ),
      ],
      notes: [
        `lag from due to committed: p50 ${lag(0.5).toFixed(0)} ms, p99 ${lag(0.99).toFixed(0)} ms, worst ${lag(1).toFixed(0)} ms; ${ours.lags.length} of ${ours.told} changes have a point of their own`,
        `the worker takes ${cpuUs.toFixed(0)} µs CPU a change`,
        `control, a statement and a NOTIFY a change: p99 ${controlLag.toFixed(0)} ms, ${control.wrong} wrong (${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
      ],
    }
  } finally {
    await feed.close()
    await base.close()
  }
}
