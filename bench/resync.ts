import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { type Base, startBase, startProgram, stopProgram } from './ingest/base.ts'
import { applicationTexts, type Feed, startFeed } from './ingest/feed.ts'
import type { Pass } from './ingest/resync-pass.ts'
import { createFleet, cut } from './ingest/teller.ts'
import { bootstrap, exact, type Measure, measure, median, type Outcome } from './measure.ts'
import { compare } from './pairs.ts'

const shares = [0, 0.01, 1]
const goals = { cpu: 2, memory: 0.1, walPerThousand: 1_024 }

/** As large as those of the one fleet whose figures were published. */
const realBytes = 31_000
/** V8 holds no longer text: beyond it parsing all at once is not slower but impossible, and what it takes is scaled. */
const textBytesMax = 450_000_000

const wal = async ({ admin }: Base) => {
  const [row] = await admin.$queryRaw<{ n: number }[]>`SELECT (pg_current_wal_lsn() - '0/0')::float8 AS n`
  return row?.n ?? 0
}

/** P5: a whole list again, of which nothing, a little or everything has changed, through the product's own sweep. */
export async function resync(say: (line: string) => void, services = 17_000): Promise<Outcome> {
  const cuts = (await applicationTexts(services)).map((text) => cut(text, realBytes))
  const bytes = cuts.reduce((sum, one) => sum + one.bytes.length, 0)
  const fitting = Math.floor(cuts.length * Math.min(1, textBytesMax / bytes))
  const base = await startBase('resync-postgres')
  const feed: Feed = await startFeed()
  const children: ChildProcess[] = []
  const reader = async (kind: string, url: string) => {
    const child = await startProgram('resync-pass.ts', [kind, url, feed.url])
    children.push(child)
    const fleet = createFleet(kind === 'parse-all' ? cuts.slice(0, fitting) : cuts)
    return async (share: number): Promise<Pass> => {
      feed.setList(fleet(share))
      child.send('go')
      const [told] = await once(child, 'message')
      return told as Pass
    }
  }
  try {
    const ours = await reader('ours', base.workerUrl)
    const floor = await reader('floor', base.adminUrl)
    const all = await reader('parse-all', '')
    say(`P5: reading ${cuts.length} applications for the first time`)
    for (const each of [ours, floor]) await each(0)
    const parsed = (await all(0)).grownBytes * (cuts.length / fitting)
    const measures: Measure[] = []
    const notes = [
      `${cuts.length} applications of ${(bytes / cuts.length / 1_000).toFixed(1)} kB; parse-all grows by ${(parsed / 2 ** 20).toFixed(0)} MiB, measured on ${fitting} of them`,
    ]
    for (const share of shares) {
      say(`P5: ${share * 100} % changed`)
      const what = `whole list of ${cuts.length}, ${share * 100} % changed`
      const grown: number[] = []
      const logged: number[] = []
      const candidate = async () => {
        const before = await wal(base)
        const { cpuMs, grownBytes } = await ours(share)
        grown.push(grownBytes)
        logged.push((await wal(base)) - before)
        return cpuMs
      }
      const { ratio, control, quiet, rounds } = await compare(
        async () => (await floor(share)).cpuMs,
        candidate,
        say,
      )
      measures.push(
        measure(
          { id: 'P5', what: `${what}: CPU of the line-by-line floor`, goal: goals.cpu, unit: 'x' },
          ratio,
          quiet,
        ),
      )
      measures.push(
        measure(
          { id: 'P5', what: `${what}: memory growth of parse-all`, goal: goals.memory, unit: 'x' },
          bootstrap(
            grown.map((bytes) => Math.max(0, bytes) / parsed),
            median,
          ),
          parsed > 0,
        ),
      )
      notes.push(
        `${share * 100} %: grows by ${grown.map((each) => (each / 2 ** 20).toFixed(0)).join(', ')} MiB`,
      )
      const perThousand = (median(logged) / cuts.length) * 1_000
      const cpu = (of: 'floor' | 'candidate') => median(rounds.flatMap((round) => round[of])).toFixed(0)
      notes.push(
        `${share * 100} %: CPU ${cpu('candidate')} ms against ${cpu('floor')} ms, control ${control.toFixed(3)}, ${perThousand.toFixed(0)} bytes of WAL a thousand applications`,
      )
      if (share === 0)
        measures.push(
          measure(
            {
              id: 'P5',
              what: `${what}: WAL of ${goals.walPerThousand} bytes a thousand`,
              goal: 1,
              unit: 'x',
            },
            exact(perThousand / goals.walPerThousand),
          ),
        )
    }
    return { measures, notes }
  } finally {
    for (const child of children) await stopProgram(child)
    await feed.close()
    await base.close()
  }
}
