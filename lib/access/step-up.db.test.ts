import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type Instant, instant, plus } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newSecret } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { decideRelease } from '#lib/releases/commands.ts'
import * as seed from '#lib/releases/testing.ts'
import { askToApprove } from '#lib/step-ups/commands.ts'
import { type Browser, openBrowser, pick, signIn } from '#sandbox/oidc/browser.ts'
import { type Oidc, startOidc } from '#sandbox/oidc/server.ts'
import { type AuthContext, createProviderGuard } from './auth.ts'
import { ensureAccount } from './commands.ts'
import { hashSessionId } from './session.ts'
import { finishStepUp, startStepUp, stepUpCallback } from './step-up.ts'
import { testGrants, testUrl } from './testing.ts'
import { findViewer, type Viewer } from './viewer.ts'

const { urls } = await testDatabase()
const secret = newSecret()
const guard = createProviderGuard()
let db: Db
let admin: pg.Client
let web: pg.Client
let oidc: Oidc
let requester: seed.Who
let now: Instant
let count = 0

beforeAll(async () => {
  db = createDb(urls.web)
  ;[admin, web] = [await seed.connect(urls.admin), await seed.connect(urls.web)]
  oidc = await startOidc({ port: 0, redirectUris: [stepUpCallback(testUrl)] })
  requester = await seed.seedPerson(admin, 'Jonas')
})
afterAll(async () => {
  await Promise.all([db.$disconnect(), admin.end(), web.end(), oidc.close()])
})
beforeEach(() => {
  now = instant(new Date())
  vi.spyOn(log, 'warn').mockImplementation(() => {})
})

const context = (issuer = oidc.issuer): AuthContext => ({
  db,
  config: {
    url: testUrl,
    access: { issuer, clientId: oidc.clientId, groupsClaim: 'groups', grants: testGrants },
  },
  clientSecret: () => oidc.clientSecret,
  secret: () => secret,
  now: () => now,
})

/** Somebody with an open session here; what they have at the provider is in their browser. */
async function person(subject: string) {
  const identity = { issuer: oidc.issuer, subject, name: subject, email: undefined }
  const { accountId } = await ensureAccount(db, { ...identity, groups: ['/shop/approvers'] })
  await db.account.update({ where: { id: accountId }, data: { groups: ['/shop/approvers'] } })
  const sessionId = newSecret()
  await db.session.create({
    data: {
      ...{ idHash: hashSessionId(sessionId) ?? '', accountId, createdAt: now, lastSeenAt: now },
      expiresAt: plus(now, 3_600_000),
    },
  })
  const found = await findViewer(context(), sessionId, now, { alive: false })
  if (!found) throw new Error('no session')
  return { viewer: found.viewer, cookie: `countersign=${sessionId}`, browser: openBrowser(testUrl) }
}
type Person = Awaited<ReturnType<typeof person>>

async function release(stepUp: unknown = { acr: [], maxAgeMs: 300_000 }) {
  const application = await seed.seedApplication(admin, `step${count++}`)
  const plan = await seed.seedPlan(admin, application)
  const policy = { approvals: 1, stepUp }
  const id = await seed.insertRelease(web, { application, plan, by: requester, approvals: 1, policy })
  return { id, plan }
}
type Asked = Awaited<ReturnType<typeof release>>

async function start(viewer: Viewer, { id, plan }: Asked, issuer?: string) {
  const ask = (challenge: Parameters<typeof askToApprove>[1]) =>
    askToApprove(db, challenge, { release: id, plan }, viewer, now)
  return startStepUp(context(issuer), guard, AbortSignal.timeout(5000), ask)
}
const finish = async (url: URL, cookie: string) =>
  (await finishStepUp(context(), guard, new Request(url, { headers: { cookie } }))).headers
    .get('location')
    ?.replace(testUrl, '') ?? ''

/** The whole round: asks, lets `as` sign in at the provider, comes back. */
async function round(who: Person, asked: Asked, { as, browser }: { as?: string; browser?: Browser } = {}) {
  const started = await start(who.viewer, asked)
  if (!started.ok) throw new Error(started.refusal.code)
  const address = new URL(started.value.address)
  const stop = await signIn(browser ?? who.browser, address, as ?? who.viewer.name, pick)
  if (stop.at !== 'application') throw new Error(stop.html)
  const to = await finish(stop.url, who.cookie)
  return { stepUp: started.value.id, address, stop, to }
}
const decide = ({ id, plan }: Asked, by: Viewer, stepUp?: string) =>
  decideRelease(db, id, { kind: 'approve', plan, ...(stepUp && { stepUp }) }, by, now)
const events = async (type: string) =>
  (
    await admin.query(
      `SELECT convert_from(entry, 'UTF8')::json AS e FROM audit.event WHERE type = $1 ORDER BY created_at`,
      [type],
    )
  ).rows.map((row) => row.e)

test('asks anew whoever is signed in, keeps what was signed, and carries one approval', async () => {
  const [anna, asked] = [await person('anna'), await release()]
  const { stepUp, address, stop, to } = await round(anna, asked)
  expect(Object.fromEntries(address.searchParams)).toMatchObject({
    prompt: 'login',
    max_age: '0',
    code_challenge_method: 'S256',
    redirect_uri: `${testUrl}/api/auth/callback/step-up`,
  })
  expect(stop.pageShown).toBe(true)
  expect(to).toBe(`/releases/${asked.id}?confirmed=${stepUp}`)
  expect(await decide(asked, anna.viewer)).toMatchObject({ refusal: { code: 'step-up-needed' } })
  expect(await decide(asked, anna.viewer, stepUp)).toMatchObject({ ok: true, value: { state: 'approved' } })

  const proof = await db.stepUpProof.findUniqueOrThrow({ where: { stepUpId: stepUp } })
  expect(proof).toMatchObject({ issuer: oidc.issuer, subject: 'anna', acr: 'silver', amr: ['pwd'] })
  expect(proof.claims).toMatchObject({ sub: 'anna', auth_time: expect.any(Number), aud: oidc.clientId })
  // What is kept for ever names nobody.
  expect(JSON.stringify(proof.claims)).not.toMatch(/Anna|@/)
  expect(await db.decision.findFirst({ where: { releaseId: asked.id } })).toMatchObject({ stepUpId: stepUp })
  expect((await events('release.decided')).at(-1)).toMatchObject({ data: { stepUp } })
  expect((await events('step-up.confirmed')).at(-1)).toMatchObject({
    subject: { release: asked.id, plan: asked.plan },
    data: { stepUp, purpose: 'approve', acr: 'silver', amr: ['pwd'] },
  })
})

test('a person who is signed in at the provider is shown its page again, each time', async () => {
  const marta = await person('marta')
  await round(marta, await release())
  const again = await round(marta, await release())
  expect(again.stop.pageShown).toBe(true)
  expect(again.to).toContain('?confirmed=')
})

test('somebody else at the provider confirms nothing, and that is recorded', async () => {
  const [anna, asked] = [await person('anna'), await release()]
  const { stepUp, to } = await round(anna, asked, { as: 'piet', browser: openBrowser(testUrl) })
  expect(to).toBe(`/releases/${asked.id}?unconfirmed=other-person`)
  expect(await decide(asked, anna.viewer, stepUp)).toMatchObject({ refusal: { code: 'step-up-needed' } })
  expect((await events('step-up.refused')).at(-1)).toMatchObject({
    actor: { person: anna.viewer.personId },
    data: { stepUp, refusal: 'other-person' },
  })
})

test('a level that nobody reached is no confirmation, though the provider says nothing of it', async () => {
  const gold = { acr: ['gold'], maxAgeMs: 300_000 }
  const [marta, anna] = [await person('marta'), await person('anna')]
  expect((await round(anna, await release(gold))).to).toContain('unconfirmed=level')
  const { address, to } = await round(marta, await release(gold))
  expect(address.searchParams.get('acr_values')).toBe('gold')
  expect(to).toContain('?confirmed=stu_')
})

test('a way back that is late, forged, of another browser, cancelled or used twice confirms nothing', async () => {
  const [anna, asked] = [await person('anna'), await release()]
  const begin = async () => {
    const started = await start(anna.viewer, asked)
    if (!started.ok) throw new Error(started.refusal.code)
    const stop = await signIn(anna.browser, new URL(started.value.address), 'anna', pick)
    return stop.url
  }
  const first = await begin()
  const state = first.searchParams.get('state') ?? ''
  const cancelled = new URL(`${stepUpCallback(testUrl)}?error=access_denied&state=${state}`)
  expect(await finish(cancelled, anna.cookie)).toContain('unconfirmed=cancelled')

  const forged = new URL(first)
  forged.searchParams.set('state', `${state.slice(0, -2)}AA`)
  expect(await finish(forged, anna.cookie)).toBe('/')
  const code = new URL(first)
  code.searchParams.set('code', 'made-up')
  expect(await finish(code, anna.cookie)).toContain('unconfirmed=failed')
  expect(await finish(first, '')).toContain('/sign-in?next=')
  expect(await finish(first, (await person('marta')).cookie)).toContain('unconfirmed=other-person')

  // The code of one round in the way back of another: another nonce, another verifier.
  const second = await begin()
  const swapped = new URL(second)
  swapped.searchParams.set('code', first.searchParams.get('code') ?? '')
  expect(await finish(swapped, anna.cookie)).toContain('unconfirmed=failed')

  const third = await begin()
  now = plus(now, 330_000)
  expect(await finish(third, anna.cookie)).toContain('unconfirmed=expired')
  now = instant(new Date())
  const fourth = await begin()
  expect(await finish(fourth, anna.cookie)).toContain('?confirmed=')
  expect(await finish(fourth, anna.cookie)).toContain('unconfirmed=')
  expect(
    await db.stepUpProof.count({
      where: { stepUpId: fourth.searchParams.get('state')?.split('.')[0] ?? '' },
    }),
  ).toBe(1)
})

test('a confirmation for one release, or of one person, is none for another', async () => {
  const [anna, marta] = [await person('anna'), await person('marta')]
  const [one, two] = [await release(), await release()]
  const { stepUp } = await round(anna, one)
  expect(await decide(two, anna.viewer, stepUp)).toMatchObject({ refusal: { code: 'step-up-other' } })
  expect(await decide(one, marta.viewer, stepUp)).toMatchObject({ refusal: { code: 'step-up-other' } })
  now = plus(now, 330_000)
  expect(await decide(one, anna.viewer, stepUp)).toMatchObject({ refusal: { code: 'step-up-expired' } })
})

test('nobody is sent away for what they could not sign, or while the provider is silent', async () => {
  const asked = await release()
  const outsider: Viewer = { ...(await person('anna')).viewer, grants: [{ role: 'developer' }] }
  expect(await start(outsider, asked)).toMatchObject({ refusal: { code: 'not-an-approver' } })
  const anna = await person('anna')
  const plain = await release(null)
  expect(await start(anna.viewer, plain)).toMatchObject({ refusal: { code: 'step-up-not-asked' } })
  const silent = await start(anna.viewer, asked, 'http://127.0.0.1:1')
  expect(silent).toMatchObject({ refusal: { code: 'provider-unreachable' } })
})
