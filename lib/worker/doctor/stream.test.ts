import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { serve, stopAll } from '#lib/anchors/testing.ts'
import { examineStream } from './stream.ts'

afterEach(stopAll)
const levels = async (...given: Parameters<typeof examineStream>) =>
  (await examineStream(given[0])).map(({ level, sentence }) => `${level}: ${sentence}`)

test('a sink that answers is fine, also when it finds nothing in an empty body', async () => {
  const { url, seen } = await serve(({ method }) => ({ status: method === 'POST' ? 400 : 200, body: '' }))
  expect(await levels(undefined)).toEqual([])
  expect((await levels({ kind: 'http', url: `${url}/in`, batch: 1 }))[0]).toMatch(
    /^fine: The sink http:.*\/in of/,
  )
  expect((await levels({ kind: 'victorialogs', url, batch: 1, retentionMs: 1 }))[0]).toMatch(/^fine: /)
  expect(seen.map(({ method, url, body }) => [method, url.pathname, body])).toEqual([
    ['POST', '/in', ''],
    ['GET', '/select/logsql/query', ''],
  ])
})

test('one that refuses the token, is broken or not there is told, and blocks nothing', async () => {
  let status = 403
  const { url, seen } = await serve(() => ({ status, body: '' }))
  const file = join(mkdtempSync(join(tmpdir(), 'countersign-doctor-')), 'token')
  writeFileSync(file, 'secret-token', { mode: 0o600 })
  const stream = { kind: 'http', url, batch: 1, token: { file } } as const
  expect((await levels(stream))[0]).toMatch(/^warning: .*refuses the token of audit\.stream \(403\)/)
  expect(seen[0]?.headers.authorization).toBe('Bearer secret-token')
  status = 404
  expect((await levels(stream))[0]).toMatch(/^warning: .*answered 404/)
  await stopAll()
  expect((await levels(stream))[0]).toMatch(/^warning: .*does not answer/)
})
