import { afterEach, expect, test } from 'vitest'
import { stopAll } from '#lib/anchors/testing.ts'
import type { Batch, StreamLine } from '#lib/streams/stream.ts'
import { askedPauseMs, SinkBusy } from './busy.ts'
import { openSink } from './open.ts'
import { collector } from './testing.ts'
import { victoriaLogsSink } from './victorialogs.ts'

afterEach(stopAll)

const batch: Batch = {
  origin: 'example.com/log',
  from: 3,
  to: 5,
  lines: [3, 4].map(
    (seq) =>
      ({ _time: '2026-11-24T08:00:00.000Z', seq, id: `example.com/log/${seq}`, entry: '{}' }) as StreamLine,
  ),
}
const impatient = { withinMs: 0, everyMs: 1 }

test.each(['lose-all', 'lose-last'] as const)(
  '200 is no proof: VictoriaLogs that does %s is told apart',
  async (mood) => {
    const { url } = await collector([mood])
    const sink = victoriaLogsSink({ url, retentionMs: 1 }, 'victorialogs:test', impatient)
    await expect(sink.deliver(batch)).rejects.toThrow(
      `answered 200, but shows ${mood === 'lose-all' ? 0 : 1} of 2 lines from entry 3 on`,
    )
    await sink.deliver(batch)
  },
)

test('VictoriaLogs is asked in its protocol, with stream fields and only about these lines', async () => {
  const { url, seen } = await collector()
  await victoriaLogsSink({ url, retentionMs: 1 }, 'victorialogs:test').deliver(batch)
  expect(seen[0]?.url.searchParams.get('_stream_fields')).toBe('app,kind')
  expect(seen[0]?.headers['content-type']).toBe('application/stream+json')
  expect(Object.fromEntries(seen[1]?.url.searchParams ?? [])).toEqual({
    query:
      '{app="countersign",kind="entry"} origin:="example.com/log" seq:range[3, 4] | stats count_uniq(seq) as held',
    start: '2026-11-24T07:59:59.000Z',
    end: '2026-11-24T08:00:01.000Z',
  })
})

test('a sink that is busy says for how long', async () => {
  const { url } = await collector(['busy'])
  const error = await openSink({ kind: 'http', url, batch: 10 })
    .deliver(batch)
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(SinkBusy)
  expect((error as SinkBusy).waitMs).toBe(7_000)
  expect(askedPauseMs({ status: 429, headers: { 'retry-after': 'Tue, 24 Nov 2026 08:00:00 GMT' } })).toBe(0)
})

test('the name of a sink is its kind and address', () => {
  const { name } = openSink({ kind: 'http', url: 'https://siem.example.com/in/countersign', batch: 10 })
  expect(name).toBe('http:siem.example.com/in/countersign')
})
