import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMs } from './cpu.ts'
import { type Base, startBase, startProgram, stopProgram } from './ingest/base.ts'
import { applicationTexts, startFeed } from './ingest/feed.ts'
import { serverCpu } from './ingest/processes.ts'
import { createTeller, cut, type Teller } from './ingest/teller.ts'
import { exact, measure, type Outcome, quantile } from './measure.ts'
import { eventually } from './stack.ts'

const noisePerSecond = 330
const goals = { lagMs: 1_000, noiseShare: 0.05 }
const cores = 2

/** Calls `send(from, to)` for what is due, that many a second by the clock, however long a call takes. */
async function openLoop(
  count: number,
  rate: number,
  send: (from: number, to: number, nowMs: number) => void,
): Promise<void> {
  const beganMs = Date.now()
  for (let n = 0; n < count; ) {
    const now = Date.now()
    const due = Math.min(count, Math.ceil(((now - beganMs) * rate) / 1_000))
    if (due > n) send(n, due, now)
    n = Math.max(n, due)
    await sleep(5)
  }
}

type Watched = { version: number; sentMs: number }
const lookEveryMs = 20

/** Where rows are read, by a key that has an index. */
const places = {
  ours: "catalog.application WHERE instance = 'main' AND namespace = 'argocd'",
  control: 'control WHERE true',
} as const
type Place = keyof typeof places

/**
 * A reader on a connection of its own: of one change in so many it looks again and again whether the row that people read
 * has it, so a lag is never told shorter than it was.
 */
function createReader({ admin }: Base, place: Place) {
  const open = new Map<string, Watched>()
  const lags: number[] = []
  let over = false
  const loop = async () => {
    while (!over || open.size > 0) {
      if (open.size > 0) {
        const rows = await admin.$queryRawUnsafe<{ name: string; version: bigint }[]>(
          `SELECT name, resource_version AS version FROM ${places[place]} AND name = ANY ($1)`,
          [...open.keys()],
        )
        const now = Date.now()
        for (const { name, version } of rows) {
          const of = open.get(name)
          if (!of || Number(version) < of.version) continue
          lags.push(now - of.sentMs)
          open.delete(name)
        }
      }
      await sleep(lookEveryMs)
    }
  }
  const looking = loop()
  return {
    lags,
    watch: (name: string, version: number, sentMs: number) => {
      if (!open.has(name)) open.set(name, { version, sentMs })
    },
    /** Waits for what it still looks for, two minutes at most. */
    end: async () => {
      over = true
      await Promise.race([looking, sleep(120_000).then(() => open.clear())])
      await looking
    },
  }
}

/** True when the process had nothing to do for two seconds. */
async function atRest(pid: number): Promise<true | null> {
  const before = cpuMs(pid)
  await sleep(2_000)
  return cpuMs(pid) - before < 100 ? true : null
}

/** How many rows a table has whose last change is the one that was told last. */
async function wrongIn({ admin }: Base, place: Place, teller: Teller): Promise<number> {
  const rows = await admin.$queryRawUnsafe<{ name: string; version: bigint; health: string }[]>(
    `SELECT name, resource_version AS version, health FROM ${places[place]}`,
  )
  const stored = new Map(rows.map((row) => [row.name, row]))
  return teller.told().filter(({ name, version, health }) => {
    const row = stored.get(name)
    return Number(row?.version) !== version || row?.health !== health
  }).length
}

/** P6: a storm of changes on a large fleet, then nothing but reconciling, through the product's own loop. */
export async function eventStorm(
  say: (line: string) => void,
  size: { services: number; seconds: number; perSecond: number } = {
    services: 17_000,
    seconds: 20,
    perSecond: 5_000,
  },
): Promise<Outcome> {
  const { services, seconds, perSecond } = size
  say(`P6: making the applications of ${services} services`)
  const teller = createTeller((await applicationTexts(services)).map((text) => cut(text)))
  const base = await startBase('storm-postgres')
  const feed = await startFeed()
  feed.setList(teller.list)
  const serverNow = await serverCpu(base)
  const storm = async (pid: number, place: Place, count: number) => {
    const reader = createReader(base, place)
    const sampleEvery = 50
    const before = { worker: cpuMs(pid), server: serverNow(), own: process.cpuUsage(), at: Date.now() }
    await openLoop(count, perSecond, (from, to, nowMs) => {
      const out: Buffer[] = []
      for (let n = from; n < to; n++) {
        const { name, version } = teller.change(n, out)
        if (n % sampleEvery === 0) reader.watch(name, version, nowMs)
      }
      feed.send(Buffer.concat(out))
    })
    const sentMs = Date.now() - before.at
    await reader.end()
    const server = serverNow()
    const own = process.cpuUsage(before.own)
    const spent = {
      worker: cpuMs(pid) - before.worker,
      backends: server.backends - before.server.backends,
      others: server.others - before.server.others,
      own: (own.user + own.system) / 1_000,
    }
    return { lags: reader.lags, spent, sentMs, tookMs: Date.now() - before.at, count }
  }
  type Stormed = Awaited<ReturnType<typeof storm>>
  const told = (who: string, { lags, spent, sentMs, tookMs, count }: Stormed) => {
    const us = (ms: number) => ((ms * 1_000) / count).toFixed(0)
    const lag = (share: number) => quantile(lags, share).toFixed(0)
    const share = ((spent.own / (tookMs * cores)) * 100).toFixed(0)
    return `${who}: ${count} changes sent in ${(sentMs / 1_000).toFixed(1)} s, read after ${(tookMs / 1_000).toFixed(1)} s; lag p50 ${lag(0.5)}, p99 ${lag(0.99)}, worst ${lag(1)} ms of ${lags.length} looked for; CPU a change: reader of the watch ${us(spent.worker)} µs, connections ${us(spent.backends)} µs, rest of Postgres ${us(spent.others)} µs, generator and looking ${us(spent.own)} µs (${share} % of ${cores} cores)`
  }
  try {
    const child = await startProgram('follower.ts', [base.workerUrl, feed.url])
    const pid = child.pid ?? 0
    say(`P6: reading ${teller.count} applications for the first time`)
    // A list before the watch and one after it.
    const swept = () => base.admin.instance.findFirst({ where: { sweptAt: { not: null } } })
    await eventually('the first list', swept, 900_000)
    await eventually('the watch', async () => (feed.watchers() > 0 && feed.lists() > 1 ? true : null), 60_000)
    await eventually('what the watch began with', () => atRest(pid), 300_000)
    await base.admin.$executeRawUnsafe('VACUUM ANALYZE')
    say(`P6: ${perSecond} changes a second for ${seconds} s`)
    const ours = await storm(pid, 'ours', perSecond * seconds)
    const wrong = await wrongIn(base, 'ours', teller)
    const [points] = await base.admin.$queryRaw<{ n: bigint }[]>`
      SELECT count(*) AS n FROM catalog.status_point`
    const [pages] = await base.admin.$queryRaw<{ hot: number; updated: number }[]>`
      SELECT n_tup_hot_upd::float8 AS hot, n_tup_upd::float8 AS updated FROM pg_stat_user_tables
      WHERE schemaname = 'catalog' AND relname = 'application'`
    say(`P6: only reconciling, ${noisePerSecond} a second`)
    const noiseSeconds = 20
    await eventually('the end of the storm', () => atRest(pid), 60_000)
    const rest = cpuMs(pid)
    await openLoop(noisePerSecond * noiseSeconds, noisePerSecond, (from, to) => {
      const out: Buffer[] = []
      for (let n = from; n < to; n++) teller.reconcile(n * 7, out)
      feed.send(Buffer.concat(out))
    })
    const noise = (cpuMs(pid) - rest) / (noiseSeconds * 1_000)
    await stopProgram(child)
    say('P6: the positive control')
    await base.admin.$executeRawUnsafe(
      'CREATE TABLE control (name text PRIMARY KEY, health text, resource_version bigint, body jsonb)',
    )
    const rows = await startProgram('rows.ts', [base.adminUrl, feed.url])
    const control = await storm(rows.pid ?? 0, 'control', Math.min(perSecond * 5, teller.count))
    await stopProgram(rows)
    const controlLag = quantile(control.lags, 0.99)
    const caught = controlLag > goals.lagMs
    const right = (teller.count - wrong) / teller.count
    const what = `${perSecond} changes a second for ${seconds} s on ${teller.count} applications of ${(teller.bytes / 1_000).toFixed(1)} kB`
    return {
      measures: [
        measure(
          { id: 'P6', what: `${what}: told rightly in the end`, goal: 1, unit: 'x', better: 'higher' },
          exact(right),
          caught,
        ),
        measure(
          { id: 'P6', what: `${what}: lag until read, p99`, goal: goals.lagMs, unit: 'ms' },
          exact(quantile(ours.lags, 0.99)),
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
        told('ours', ours),
        `${Number(points?.n ?? 0) - teller.count} of ${ours.count} changes have a point of their own; ${pages?.hot} of ${pages?.updated} updates of applications touched no index`,
        `${told('control, a statement and a NOTIFY a change', control)} (${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
      ],
    }
  } finally {
    await feed.close()
    await base.close()
  }
}
