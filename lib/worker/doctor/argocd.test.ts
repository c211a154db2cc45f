import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import { type Config, parseConfig } from '#lib/platform/config.ts'
import { examineInstance } from './argocd.ts'

const now = instant('2026-11-23T12:00:00Z')
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = `${part({ alg: 'HS256' })}.${part({ exp: Date.parse('2026-12-20T00:00:00Z') / 1000 })}.c2ln`

const application = (name: string, spec: object = {}) => ({
  metadata: { name, namespace: 'argocd', uid: name },
  spec: {
    project: 'shop',
    source: { repoURL: 'https://git.example.com/shop', path: '.' },
    destination: {},
    ...spec,
  },
  status: {},
})

/** Argo CD as far as the doctor asks; the answers are those of the recordings, changed by each test. */
let answers: {
  version: string
  applications: object[]
  may: (path: string) => boolean
  unauthorised: boolean
}
let server: Server
let config: Config

beforeEach(async () => {
  answers = {
    version: 'v3.5.2',
    applications: [
      application('checkout-dev', { syncPolicy: { automated: {} } }),
      application('checkout-prod'),
    ],
    may: (path) =>
      path.startsWith('applications/get') ||
      path.startsWith('applications/sync') ||
      path.startsWith('applicationsets/get') ||
      path === 'projects/get/*',
    unauthorised: false,
  }
  server = createServer((request, response) => {
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const path = decodeURIComponent(request.url?.split('?')[0] ?? '')
    const can = path.match(/^\/api\/v1\/account\/can-i\/(.*)$/)?.[1]
    if (path === '/api/version') return json(200, { Version: answers.version })
    if (answers.unauthorised && path !== '/api/v1/session/userinfo')
      return json(401, {
        error: 'invalid session: token has expired',
        code: 16,
        message: 'invalid session: token has expired',
      })
    if (path === '/api/v1/session/userinfo')
      return json(200, answers.unauthorised ? {} : { loggedIn: true, username: 'countersign', iss: 'argocd' })
    if (path === '/api/v1/applications') return json(200, { metadata: {}, items: answers.applications })
    if (can) return json(200, { value: answers.may(can) ? 'yes' : 'no' })
    return json(404, {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const dir = mkdtempSync(join(tmpdir(), 'countersign-doctor-'))
  writeFileSync(join(dir, 'token'), token, { mode: 0o600 })
  const parsed = parseConfig(
    `instances: [{ name: main, url: 'http://127.0.0.1:${port}', token: { file: token } }]
access: { issuer: https://sso.example.com, clientSecret: { file: x } }`,
    join(dir, 'countersign.yaml'),
  )
  if (!parsed.ok) throw new Error('the configuration of this test is wrong')
  config = parsed.value.config
})
afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())))

async function examined() {
  const [instance] = config.instances
  if (!instance) throw new Error('no instance')
  return examineInstance(instance, config.catalog, now)
}
const bad = async () =>
  (await examined()).filter((f) => f.level !== 'fine').map((f) => `${f.level}: ${f.sentence}`)

test('an Argo CD with an account that may get and sync is fine', async () => {
  const findings = await examined()
  expect(findings.map((f) => f.sentence)).toEqual([
    'Argo CD v3.5.2 is supported.',
    '2 applications: 2 mapped, 1 protected.',
    'The account countersign may get and sync, and none of override, create, update, delete, action/*.',
    'All 1 protected applications wait for a manual sync.',
  ])
})

test('a token that is not accepted', async () => {
  answers.unauthorised = true
  expect(await bad()).toEqual([
    expect.stringMatching(
      /^blocking: Argo CD does not accept the token \(invalid session: token has expired\)/,
    ),
  ])
})

test('an Argo CD that is not there', async () => {
  await new Promise<void>((resolve) => server.close(() => resolve()))
  expect(await bad()).toEqual([expect.stringMatching(/^blocking: Argo CD cannot be reached: .*Check url/)])
  server.listen(0)
})

test('an account that sees nothing', async () => {
  answers.applications = []
  expect(await bad()).toEqual([expect.stringContaining('p, countersign, applications, get, */*, allow')])
})

test('an account that may not sync', async () => {
  answers.may = (path) => path.startsWith('applications/get') || path === 'projects/get/*'
  expect(await bad()).toEqual([
    'blocking: The account may not sync checkout-prod. Add to policy.csv: p, countersign, applications, sync, <project>/*, allow',
  ])
})

test.each(['override', 'create', 'update', 'delete', 'action/*'])(
  'an account that may %s, even in one project only',
  async (action) => {
    answers.may = (path) =>
      path.startsWith('applications/sync') ||
      path === 'projects/get/*' ||
      path === `applications/${action}/shop/checkout-prod`
    expect(await bad()).toEqual([
      expect.stringContaining(`blocking: The account may ${action} shop/checkout-prod`),
    ])
  },
)

test('an account that may not read projects is told what it misses', async () => {
  const { may } = answers
  answers.may = (path) => path !== 'projects/get/*' && may(path)
  expect(await bad()).toEqual([expect.stringMatching(/^note: .*p, countersign, projects, get, \*, allow/)])
})

test('protected applications that something else may change', async () => {
  answers.applications = [
    application('checkout-prod', {
      syncPolicy: { automated: { prune: true }, retry: { refresh: true } },
      revisionHistoryLimit: 3,
    }),
    application('search-prod', { syncPolicy: { automated: { enabled: false } } }),
    application('thing'),
  ]
  expect(await bad()).toEqual([
    expect.stringMatching(/^note: Unmapped: thing \(no rule matches/),
    expect.stringMatching(/^warning: Protected, but synced automatically.*: checkout-prod\. /),
    expect.stringMatching(/^warning: Protected, with spec\.syncPolicy\.retry\.refresh.*: checkout-prod\. /),
    expect.stringMatching(
      /^warning: Protected, with spec\.revisionHistoryLimit below 10.*: checkout-prod\. /,
    ),
  ])
})
