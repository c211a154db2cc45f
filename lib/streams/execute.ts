import 'server-only'
import { clock } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { SinkBusy } from '#lib/sinks/busy.ts'
import { openSink } from '#lib/sinks/open.ts'
import { acknowledge, leaseStream, releaseStream, tellFailure } from './commands.ts'
import { readOrigin, readRowsFrom, readStanding } from './data.ts'
import { lineOf, pauseAfter, ready } from './stream.ts'

type Stream = NonNullable<Config['audit']['stream']>

/**
 * The worker's part: hands the sealed log to the sink in order, each entry at least once. The cursor moves only after
 * the sink acknowledged, so whatever breaks, the next round repeats and leaves nothing out. `round` answers true while
 * there is more; `end` lets another worker go on.
 */
export function followStream({
  db,
  worker,
  stream,
  pause = pauseAfter,
}: {
  db: Db
  worker: string
  stream: Stream
  pause?: typeof pauseAfter
}): { round: () => Promise<boolean>; end: () => Promise<void> } {
  const sink = openSink(stream)
  let failures = 0
  let waitUntilMs = 0
  let origin: string | undefined

  async function round(): Promise<boolean> {
    if (clock.monotonicMs() < waitUntilMs) return false
    const standing = await readStanding(db, sink.name)
    if (standing.next >= standing.size) return false
    const from = await leaseStream(db, sink.name, worker)
    if (from === undefined) return false
    const now = clock.now()
    const rows = ready(await readRowsFrom(db, from, stream.batch), now)
    if (rows.length === 0) return false
    origin ??= await readOrigin(db)
    const name = origin
    const lines = rows.map((row) => lineOf(row, name, now, sink.retentionMs))
    const to = from + rows.length
    try {
      await sink.deliver({ origin, from, to, lines })
    } catch (error) {
      failures += 1
      const pauseMs = pause(failures, error instanceof SinkBusy ? error.waitMs : 0)
      waitUntilMs = clock.monotonicMs() + pauseMs
      log.error('the log was not taken by its sink', { sink: sink.name, from, to, failures, pauseMs, error })
      await tellFailure(db, sink.name, worker, error instanceof Error ? error.message : String(error))
      return false
    }
    if (failures > 0) log.info('the sink of the log takes it again', { sink: sink.name, from, to })
    failures = 0
    return acknowledge(db, { sink: sink.name, worker, from, to })
  }
  return { round, end: () => releaseStream(db, sink.name, worker) }
}
