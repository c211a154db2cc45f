import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import { examineAnchors } from './anchors.ts'
import { examineGit, examineSignals } from './systems.ts'

const now = instant('2026-11-23T12:00:00Z')
const dir = mkdtempSync(join(tmpdir(), 'countersign-doctor-'))
const tokens: Record<string, object> = {
  good: { scopes: ['read_api'], expires_at: '2027-06-01' },
  mighty: { scopes: ['api'], expires_at: '2027-06-01' },
  old: { scopes: ['read_api'], expires_at: '2026-11-30' },
  blind: { scopes: ['read_user'], expires_at: null },
}
const server = createServer((request, response) => {
  const answer = (status: number, body: object = {}) => response.writeHead(status).end(JSON.stringify(body))
  if (request.url === '/vm/health' || request.url === '/prom/-/healthy') return answer(200)
  if (request.url === '/witness/add-checkpoint') return answer(400)
  const branch = /\/repository\/branches\/(\w+)$/.exec(request.url ?? '')?.[1]
  if (branch) return answer(200, { protected: branch !== 'open', can_push: branch !== 'closed' })
  if (request.url?.includes('/repository/files/')) return answer(404, { message: '404 File Not Found' })
  const token = String(request.headers['private-token'] ?? '')
  if (request.url === '/api/v4/personal_access_tokens/self')
    return tokens[token] ? answer(200, tokens[token]) : answer(401)
  return answer(404)
})
let url = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
})
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())))

test('signals: what answers is fine, what does not is a warning, what is not configured a note', async () => {
  const findings = await examineSignals({
    metrics: { url: `${url}/prom` },
    logs: { url: `${url}/vm` },
    alerts: { url: `${url}/nothing` },
  })
  expect(findings.map((f) => `${f.area} ${f.level}`)).toEqual([
    'metrics fine',
    'logs fine',
    'alerts warning',
    'grafana note',
  ])
  expect(findings[2]?.sentence).toContain('(/-/healthy answered 404). Check signals.alerts.url')
})

test.each([
  ['good', 'fine', 'until 2027-06-01'],
  ['mighty', 'warning', 'may also write'],
  ['old', 'warning', 'expires on 2026-11-30'],
  ['blind', 'warning', 'needs read_api'],
  ['revoked', 'warning', 'refuses the token'],
])('git: a token that is %s', async (token, level, about) => {
  const file = join(dir, token)
  writeFileSync(file, token, { mode: 0o600 })
  const [finding] = await examineGit([{ match: 'https://', kind: 'gitlab', url, token: { file } }], now)
  expect(finding).toMatchObject({ level, sentence: expect.stringContaining(about) })
})

test('anchors: places answer, and a branch is protected but open to the token', async () => {
  const file = join(dir, 'anchor-token')
  writeFileSync(file, 'good', { mode: 0o600 })
  const git = (branch: string) => ({ kind: 'git', url, project: 'a/b', branch, token: { file } }) as const
  const vkey = 'witness.example.com/audit+c39d42e9+BFlsbifJax859QRVvJG94Ht6JD1Yd+fQQZMEvmrUjf8B'
  const findings = await examineAnchors([
    git('good'),
    git('open'),
    git('closed'),
    { kind: 'witness', url: `${url}/witness`, vkey },
    { kind: 'witness', url: `${url}/elsewhere`, vkey },
  ])
  expect(findings.map(({ level }) => level)).toEqual(
    ['fine', 'fine', 'warning', 'fine', 'warning', 'fine', 'warning'], // as in the list, branches after their project
  )
  expect(findings[2]?.sentence).toContain('is not protected')
  expect(findings[4]?.sentence).toContain('may not push to closed')
  expect(findings[6]?.sentence).toContain('does not answer as a witness does: it answered 404')
})

test('anchors: a file that does not exist yet is fine when its folder can be made', async () => {
  writeFileSync(join(dir, 'plain'), '')
  const findings = await examineAnchors([
    { kind: 'file', path: join(dir, 'new/folder/checkpoints.txt') },
    { kind: 'file', path: join(dir, 'plain/checkpoints.txt') },
  ])
  expect(findings.map((f) => f.level)).toEqual(['fine', 'blocking'])
  expect((await examineAnchors([]))[0]?.level).toBe('blocking')
  const [away] = await examineAnchors([{ kind: 'victorialogs', url: `${url}/vm`, retentionMs: 1 }])
  expect(away).toMatchObject({ level: 'warning', sentence: expect.stringContaining('it answered 404') })
})
