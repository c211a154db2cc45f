import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { testAccess, testSession, testUrl } from '#lib/access/testing.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'

const web = vi.hoisted(() => ({ db: undefined as unknown, issuer: '', kept: new Map<string, unknown>() }))
vi.mock('#lib/platform/context.ts', () => ({
  getDb: () => web.db,
  getConfig: () => {
    const { config } = testAccess(web.db as Db)
    const trust = [
      { projectId: '42', refs: ['refs/heads/main'], services: ['gate*'], environments: ['prod'] },
      { projectId: '43', refs: ['refs/heads/main'], services: ['other'] },
    ]
    const access = { ...config.access, pipelines: [{ issuer: web.issuer, trust }] }
    return { ...config, access, policies: [], signals: {}, catalog: { environments: [] } }
  },
  perProcess: (name: string, make: () => unknown) => {
    if (!web.kept.has(name)) web.kept.set(name, make())
    return web.kept.get(name)
  },
}))
const gates = await import('./route.ts')
const releases = await import('../releases/route.ts')
const one = await import('../releases/[id]/route.ts')
const decisions = await import('../releases/[id]/decisions/route.ts')
const withdrawal = await import('../releases/[id]/withdrawal/route.ts')

const { urls } = await testDatabase()
const keys = await generateKeyPair('RS256', { extractable: true })
const others = await generateKeyPair('RS256')
const published = await exportJWK(keys.publicKey)
let up = true
/** A CI server as far as tokens go: its discovery document and its keys. */
const ci = createServer((request, response) => {
  const answers: Record<string, unknown> = {
    '/.well-known/openid-configuration': {
      issuer: web.issuer,
      jwks_uri: `${web.issuer}/oauth/discovery/keys`,
    },
    '/oauth/discovery/keys': { keys: [{ ...published, kid: 'one', alg: 'RS256', use: 'sig' }] },
  }
  const answer = answers[request.url ?? '']
  response
    .writeHead(up && answer ? 200 : 503, { 'content-type': 'application/json' })
    .end(JSON.stringify(answer))
})
let admin: pg.Client
let db: Db
let application: string
let plan: string
let service: string
let count = 0
const yes = () => ({ kind: 'approve', plan, acknowledged: [{ plan, at: clock.now() }] })

beforeAll(async () => {
  ci.listen(0, '127.0.0.1')
  await once(ci, 'listening')
  web.issuer = `http://127.0.0.1:${(ci.address() as AddressInfo).port}`
  admin = await seed.connect(urls.admin)
  db = createDb(urls.web)
  web.db = db
})
afterAll(async () => {
  await db.$disconnect()
  await admin.end()
  ci.close()
})
beforeEach(async () => {
  vi.spyOn(log, 'info').mockImplementation(() => {})
  service = `gate${count++}`
  application = await seed.seedApplication(admin, service)
  plan = await seed.seedPlan(admin, application, { plan: { images: [`r/${service}:2`] } })
})

const claims = (more: object = {}) => ({
  ...{
    project_id: '42',
    project_path: 'shop/checkout',
    pipeline_id: '1',
    pipeline_source: 'push',
    job_id: newId('request'),
  },
  ...{ ref_path: 'refs/heads/main', ref_protected: 'true', sha: 'c'.repeat(40), jti: newId('event') },
  ...{ user_id: '7', user_login: 'mei', user_email: 'mei.lin@acme.example', ...more },
})
type Made = { more?: object; key?: CryptoKey; audience?: string; expires?: string; issuer?: string }
const token = ({
  more,
  key = keys.privateKey,
  audience = testUrl,
  expires = '5m',
  issuer = web.issuer,
}: Made = {}) =>
  new SignJWT(claims(more))
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(key)

type Route = (request: Request, route?: { params: Promise<unknown> }) => Promise<Response>
async function ask(route: Route, headers: Record<string, string>, body?: object, id = 'rel_0') {
  const init = body
    ? {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }
    : { headers }
  const response = await route(new Request(`${testUrl}/api/v1/x`, init), { params: Promise.resolve({ id }) })
  return { status: response.status, headers: response.headers, body: await response.json() }
}
const bearer = (jwt: string) => ({ authorization: `Bearer ${jwt}` })
const wanted = (more: object = {}) => ({
  ...{ service, environment: 'prod', image: `r/${service}:2`, reason: 'Pipeline 1 built it', ...more },
})

test('a pipeline asks, people decide, and it reads the result', async () => {
  const jwt = await token()
  const asked = await ask(gates.POST, bearer(jwt), wanted())
  expect(asked).toMatchObject({
    status: 201,
    body: {
      application,
      plan,
      environment: 'prod',
      projectId: '42',
      sha: 'c'.repeat(40),
      images: [`r/${service}:2`],
    },
  })
  const { id } = asked.body
  const anna = await testSession(db, ['/shop/approvers'], clock.now())
  const signed = { cookie: anna.cookie, origin: testUrl }
  expect(await ask(decisions.POST, signed, yes(), id)).toMatchObject({ status: 200 })
  expect(await ask(one.GET, bearer(jwt), undefined, id)).toMatchObject({
    status: 200,
    body: { state: 'requested', requester: { name: 'Pipeline of shop/checkout' } },
  })
  const { rows } = await admin.query(
    `SELECT convert_from(entry, 'UTF8') AS entry FROM audit.event WHERE release_id = $1 AND type = 'release.requested'`,
    [id],
  )
  expect(rows[0].entry).toContain('"path":"shop/checkout"')
  expect(rows[0].entry).not.toContain('mei.lin')
  expect(await ask(withdrawal.POST, bearer(jwt), {}, id)).toMatchObject({ status: 200 })
})

test('a pipeline can never approve, and no route that does not say so lets it in', async () => {
  const jwt = await token()
  const { body } = await ask(gates.POST, bearer(jwt), wanted())
  for (const headers of [bearer(jwt), bearer(await token())])
    expect(await ask(decisions.POST, headers, yes(), body.id)).toMatchObject({
      status: 403,
      body: { code: 'people-only' },
    })
  expect(await ask(releases.GET, bearer(jwt))).toMatchObject({ status: 403, body: { code: 'people-only' } })
  const account = await db.account.findFirstOrThrow({ where: { issuer: web.issuer } })
  expect(account.kind).toBe('service')
})

test('who started the job cannot approve what it asked for', async () => {
  const asked = await ask(gates.POST, bearer(await token()), wanted())
  const mei = await testSession(db, ['/shop/approvers'], clock.now())
  await admin.query(
    `INSERT INTO access.person_email (person_id, address, verified) VALUES ($1, 'mei.lin@acme.example', true)`,
    [mei.personId],
  )
  const by = { cookie: mei.cookie, origin: testUrl }
  const refused = await ask(decisions.POST, by, yes(), asked.body.id)
  expect(refused).toMatchObject({ status: 403, body: { code: 'author' } })
})

test('one token asks once; an idempotency key repeats the answer', async () => {
  const jwt = await token()
  const keyed = { ...bearer(jwt), 'idempotency-key': newId('request') }
  const first = await ask(gates.POST, keyed, wanted())
  expect(await ask(gates.POST, keyed, wanted())).toMatchObject({ status: 201, body: { id: first.body.id } })
  await ask(withdrawal.POST, bearer(jwt), {}, first.body.id)
  const again = await ask(gates.POST, bearer(jwt), wanted())
  expect(again).toMatchObject({ status: 409, body: { code: 'job-has-asked' } })
  expect(again.body.detail).toContain(first.body.id)
})

test.each<[string, () => Promise<string> | string, number, string]>([
  ['another key', () => token({ key: others.privateKey }), 401, 'token-refused'],
  ['another audience', () => token({ audience: 'https://elsewhere.example' }), 401, 'token-refused'],
  ['an old token', () => token({ expires: '-1m' }), 401, 'token-refused'],
  ['an unknown issuer', () => token({ issuer: 'https://gitlab.other.example' }), 401, 'token-refused'],
  ['no token at all', () => 'x', 401, 'token-refused'],
  [
    'no algorithm',
    async () => `${btoa('{"alg":"none"}')}.${(await token()).split('.')[1]}.`,
    401,
    'token-refused',
  ],
  ['another project', () => token({ more: { project_id: '44' } }), 403, 'not-trusted'],
  ['another branch', () => token({ more: { ref_path: 'refs/heads/x' } }), 403, 'not-trusted'],
  ['a fork', () => token({ more: { job_project_id: '9' } }), 403, 'other-project'],
  ['an unprotected branch', () => token({ more: { ref_protected: 'false' } }), 403, 'ref-not-protected'],
  ['another service', () => token({ more: { project_id: '43' } }), 403, 'pipeline-may-not'],
])('%s is refused', async (_name, make, status, code) => {
  const answer = await ask(gates.POST, bearer(await make()), wanted())
  expect(answer).toMatchObject({ status, body: { code } })
  expect(await db.release.count({ where: { applicationId: application } })).toBe(0)
})

test('what it did not build is not released, and people read before they ask', async () => {
  const other = await ask(gates.POST, bearer(await token()), wanted({ image: `r/${service}:3` }))
  expect(other).toMatchObject({ status: 409, body: { code: 'other-version', refusal: { retryAfterS: 5 } } })
  expect(await ask(gates.POST, bearer(await token()), wanted({ image: undefined }))).toMatchObject({
    status: 422,
  })
  const jonas = await testSession(db, ['/shop/developers'], clock.now())
  const person = await ask(gates.POST, { cookie: jonas.cookie, origin: testUrl }, wanted())
  expect(person).toMatchObject({ status: 403, body: { code: 'pipelines-only' } })
})

test('while the CI server is away nobody comes in, and it is said', async () => {
  web.kept.delete('token-verifier')
  up = false
  const away = await ask(gates.POST, bearer(await token()), wanted())
  expect(away).toMatchObject({ status: 503, body: { code: 'issuer-unreachable' } })
  expect(away.headers.get('retry-after')).toBe('10')
  up = true
  expect(await ask(gates.POST, bearer(await token()), wanted())).toMatchObject({ status: 201 })
})

test('Postgres refuses a release of a pipeline without its job, and a job that is not its own', async () => {
  const asked = await ask(gates.POST, bearer(await token()), wanted())
  const client = await seed.connect(urls.web)
  const row = (await admin.query('SELECT * FROM rel.pipeline_job WHERE release_id = $1', [asked.body.id]))
    .rows[0]
  const insert = (release: string, project: string, job: string) =>
    client.query(
      `INSERT INTO rel.pipeline_job (release_id, issuer, project_id, project_path, pipeline_id, job_id, ref, sha, token, user_id, user_login)
       VALUES ($1, $2, $3, '', '', $4, '', '', 'x', '', '')`,
      [release, row.issuer, project, job],
    )
  await expect(insert(asked.body.id, '43', 'j')).rejects.toThrow('was not requested by that pipeline')
  await expect(client.query(`UPDATE rel.pipeline_job SET job_id = 'x'`)).rejects.toThrow(/permission denied/)
  await expect(client.query('DELETE FROM rel.pipeline_job')).rejects.toThrow(/permission denied/)
  await expect(admin.query('DELETE FROM rel.pipeline_job')).rejects.toThrow(/append-only|refused/)
  const account = await db.account.findFirstOrThrow({ where: { issuer: web.issuer } })
  const other = await seed.seedApplication(admin, `gate${count++}`)
  const by = { account: account.id, person: account.personId }
  const otherPlan = await seed.seedPlan(admin, other)
  const asking = seed.insertRelease(client, { application: other, plan: otherPlan, by })
  await expect(asking).rejects.toThrow('nothing says which job')
  await client.end()
})
