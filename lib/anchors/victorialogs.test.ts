import { afterEach, expect, test } from 'vitest'
import { noteDigest } from '#lib/audit/anchors.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { headOf, serve, stopAll, victoriaLogs } from './testing.ts'
import { victoriaLogsAnchor } from './victorialogs.ts'

afterEach(stopAll)

const at = (url: string) => victoriaLogsAnchor({ url, retentionMs: 86_400_000 }, 'victorialogs:test')

test('a checkpoint is one line, read back before it counts, and the receipt keeps both sides', async () => {
  const { url, lines, seen } = await victoriaLogs()
  const head = headOf(5)
  const receipt = await at(url).submit(head)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({
    app: 'countersign',
    origin: 'example.com/log',
    size: '5',
    note: head.note,
  })
  expect(receipt).toMatchObject({
    status: 200,
    sha256: noteDigest(head.note),
    sent: JSON.stringify(lines[0]),
  })
  expect(seen[0]?.url.searchParams.get('_stream_fields')).toBe('app,kind')
  expect(seen[0]?.headers['content-type']).toBe('application/stream+json')
  const copy = await at(url).read({ origin: 'example.com/log' })
  expect(copy.notes).toEqual([head.note])
  expect((copy.newestSince ?? '') > plus(clock.now(), -86_400_000)).toBe(true)
  expect((await at(url).read({ origin: 'example.com/other' })).notes).toEqual([])
})

test('a line that is taken and dropped confirms nothing', async () => {
  const { url, seen } = await victoriaLogs('drop')
  const place = { url, retentionMs: 86_400_000 }
  const anchor = victoriaLogsAnchor(place, 'victorialogs:test', { withinMs: 0, everyMs: 1 })
  await expect(anchor.submit(headOf(5))).rejects.toThrow('answered 200 to the line, but does not show it')
  expect(seen.map(({ url }) => url.pathname)).toContain('/select/logsql/query')
})

test('a refusal is an error in words', async () => {
  const { url } = await serve(() => ({ status: 503, body: 'read-only\nstorage' }))
  await expect(at(url).submit(headOf(1))).rejects.toThrow(
    'did not take the line: it answered 503: read-only storage',
  )
  await expect(at(url).read({ origin: 'x' })).rejects.toThrow('cannot be read: it answered 503')
})

test('an answer that breaks off with an error is not taken for lines', async () => {
  const { url } = await serve(() => ({ status: 200, body: 'cannot read part of the data' }))
  await expect(at(url).read({ origin: 'x' })).rejects.toThrow(
    'a line that is no checkpoint: cannot read part',
  )
})

test('nobody there', async () => {
  const { url } = await victoriaLogs()
  await stopAll()
  await expect(at(url).submit(headOf(1))).rejects.toThrow(/does not answer: no connection/)
})
