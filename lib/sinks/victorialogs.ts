import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { excerpt } from '#lib/anchors/ask.ts'
import { clock, instant, plus } from '#lib/platform/clock.ts'
import type { SecretRef } from '#lib/platform/config-values.ts'
import type { Batch } from '#lib/streams/stream.ts'
import { bearer, bodyOf, mustHaveTaken, patiently } from './lines.ts'
import type { Sink } from './open.ts'

export type VictoriaLogsSinkPlace = {
  url: string
  token?: SecretRef | undefined
  tenant?: { accountId: number; projectId: number } | undefined
  retentionMs: number
}

/** New lines can be found after about a second. */
const confirming = { withinMs: 10_000, everyMs: 250 }
const heldSchema = z.object({ held: z.coerce.number().int() })

/**
 * VictoriaLogs by /insert/jsonline. It answers 200 also when it drops lines (malformed, too long, older than it keeps),
 * so a batch counts as taken when as many different numbers can be read back.
 */
export function victoriaLogsSink(place: VictoriaLogsSinkPlace, name: string, confirm = confirming): Sink {
  const ask = patiently(place.url)
  const headers = () => ({
    ...bearer(place.token),
    ...(place.tenant && {
      AccountID: String(place.tenant.accountId),
      ProjectID: String(place.tenant.projectId),
    }),
  })

  async function held({ origin, from, to, lines }: Batch): Promise<number> {
    const times = lines.map(({ _time }) => _time).sort()
    const around = (time: string | undefined, ms: number) => plus(instant(time ?? clock.now()), ms)
    const filter = `{app="countersign",kind="entry"} origin:=${JSON.stringify(origin)} seq:range[${from}, ${to - 1}]`
    const answer = await ask({
      path: '/select/logsql/query',
      query: [
        ['query', `${filter} | stats count_uniq(seq) as held`],
        ['start', around(times[0], -1_000)],
        ['end', around(times.at(-1), 1_000)],
      ],
      headers: headers(),
    })
    if (answer.status !== 200) throw new Error(`${place.url} cannot be read: ${excerpt(answer)}`)
    const line = answer.text.trim()
    try {
      return line === '' ? 0 : heldSchema.parse(JSON.parse(line)).held
    } catch {
      throw new Error(`${place.url} did not say how many lines it holds: ${excerpt(answer)}`)
    }
  }

  return {
    name,
    retentionMs: place.retentionMs,
    async deliver(batch) {
      const answer = await ask({
        method: 'POST',
        path: '/insert/jsonline',
        query: [
          ['_stream_fields', 'app,kind'],
          ['_time_field', '_time'],
          ['_msg_field', '_msg'],
        ],
        headers: { ...headers(), 'content-type': 'application/stream+json' },
        body: bodyOf(batch),
      })
      mustHaveTaken(answer, place.url)
      const wanted = batch.to - batch.from
      const lateAtMs = clock.monotonicMs() + confirm.withinMs
      for (;;) {
        const found = await held(batch)
        if (found >= wanted) return
        if (clock.monotonicMs() > lateAtMs)
          throw new Error(
            `${place.url} answered ${answer.status}, but shows ${found} of ${wanted} lines from entry ${batch.from} on: it may drop what it takes`,
          )
        await pause(confirm.everyMs)
      }
    },
  }
}
