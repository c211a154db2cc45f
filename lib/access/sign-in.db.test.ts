import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { readEvent } from '#lib/audit/event.ts'
import { type Instant, instant, plus } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newSecret } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { type Browser, openBrowser, pick, signIn } from '#sandbox/oidc/browser.ts'
import { type Oidc, startOidc } from '#sandbox/oidc/server.ts'
import { type AuthContext, createProviderGuard } from './auth.ts'
import { finishSignIn, signOut, startSignIn } from './flow.ts'
import { createEndSession } from './provider.ts'
import { hashSessionId } from './session.ts'
import { authPaths } from './sign-in.ts'
import { testGrants, testUrl } from './testing.ts'

const { urls } = await testDatabase()
const secret = newSecret()
let db: Db
let oidc: Oidc
let now: Instant
let endSession: ReturnType<typeof createEndSession>

beforeAll(async () => {
  db = createDb(urls.web)
  oidc = await startOidc({ port: 0, redirectUris: [`${testUrl}/api/auth/callback/oidc`] })
  endSession = createEndSession(oidc.issuer)
})
afterAll(async () => {
  await db.$disconnect()
  await endSession.close()
  await oidc.close()
})
beforeEach(() => {
  now = instant(new Date())
  vi.spyOn(log, 'warn').mockImplementation(() => {})
})

const context = (): AuthContext => ({
  db,
  config: {
    url: testUrl,
    access: { issuer: oidc.issuer, clientId: oidc.clientId, groupsClaim: 'groups', grants: testGrants },
  },
  clientSecret: () => oidc.clientSecret,
  secret: () => secret,
  now: () => now,
})

/** A browser that keeps the portal's cookies here and the provider's in the sandbox's browser. */
function person() {
  const jar = new Map<string, string>()
  const provider: Browser = openBrowser(testUrl)
  const guard = createProviderGuard()

  function keep(response: Response): Response {
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const post = (path: string, form: Record<string, string> = {}, origin = testUrl) => {
    const body = new URLSearchParams(form).toString()
    const headers = {
      origin,
      cookie: cookie(),
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(body.length),
    }
    return new Request(`${testUrl}${path}`, { method: 'POST', headers, body })
  }
  const start = async (next?: string, origin?: string) =>
    keep(
      await startSignIn(context(), guard, post(authPaths.signIn, next === undefined ? {} : { next }, origin)),
    )
  const finish = async (url: URL) =>
    keep(await finishSignIn(context(), guard, new Request(url, { headers: { cookie: cookie() } })))

  return {
    jar,
    start,
    finish,
    /** Presses the button, picks this person at the provider, comes back. */
    async signIn(id: string, next?: string) {
      const stop = await signIn(
        provider,
        new URL((await start(next)).headers.get('location') ?? ''),
        id,
        pick,
      )
      if (stop.at !== 'application') throw new Error(stop.html)
      return finish(stop.url)
    },
    async signOut(origin?: string) {
      const response = keep(await signOut(context(), endSession, post(authPaths.signOut, {}, origin)))
      const location = new URL(response.headers.get('location') ?? '')
      if (location.origin === oidc.issuer) return provider.open(location)
      return response
    },
    hash: () => hashSessionId(jar.get('countersign')),
  }
}

const to = (response: Response) => response.headers.get('location')?.replace(testUrl, '')
const accountOf = (subject: string) =>
  db.account.findUnique({
    where: { issuer_subject: { issuer: oidc.issuer, subject } },
    include: { sessions: true, person: { include: { detail: true } } },
  })
async function logged(type: string) {
  const rows = await db.logEvent.findMany({ where: { type }, orderBy: { createdAt: 'asc' } })
  return rows.flatMap((row) => {
    const read = readEvent(row.entry)
    return read.known ? [read.event] : []
  })
}

test('signing in makes an account, a session of which only the hash is stored, and an entry in the log', async () => {
  const anna = person()
  const response = await anna.signIn('anna', '/releases?state=requested')
  expect(to(response)).toBe('/releases?state=requested')
  const account = await accountOf('anna')
  expect(account).toMatchObject({
    groups: ['/shop/approvers', '/payments/leads'],
    person: { detail: { name: 'Anna Beck', email: 'anna.beck@acme.example' } },
    sessions: [{ idHash: anna.hash(), expiresAt: new Date(plus(now, 8 * 3_600_000)) }],
  })
  const token = anna.jar.get('countersign') ?? ''
  const dump = await db.$queryRaw<
    { text: string }[]
  >`SELECT s::text AS text FROM access.session s UNION ALL SELECT convert_from(entry, 'UTF8') FROM audit.event`
  expect(dump.length).toBeGreaterThan(1)
  for (const { text } of dump) expect(text).not.toContain(token)
  expect((await logged('sign-in')).at(-1)).toMatchObject({
    actor: { kind: 'person', person: account?.personId, account: account?.id },
    data: { issuer: oidc.issuer, groups: ['/shop/approvers', '/payments/leads'], session: anna.hash() },
  })
  expect([...anna.jar.keys()].sort()).toEqual(['countersign', 'countersign.id-token'])
})

test('signing in again gives a new session and ends the old one; groups are read anew', async () => {
  const mei = person()
  await mei.signIn('mei')
  const first = mei.hash()
  const people = oidc.people.find(({ id }) => id === 'mei')
  people?.groups.push('/auditors')
  await mei.signIn('mei')
  people?.groups.pop()
  expect(mei.hash()).not.toBe(first)
  expect(await accountOf('mei')).toMatchObject({
    groups: ['/shop/developers', '/auditors'],
    sessions: [{ idHash: mei.hash() }],
  })
})

test('a second person in the same browser is refused and never merged with the first', async () => {
  const browser = person()
  await browser.signIn('marta')
  const marta = browser.hash()
  const provider = openBrowser(testUrl)
  const there = new URL((await browser.start()).headers.get('location') ?? '')
  const stop = await signIn(provider, there, 'piet', pick)
  const response = await browser.finish(stop.url)
  expect(to(response)).toBe('/sign-in?problem=other-person')
  expect(browser.hash()).toBe(marta)
  const [first, second] = [await accountOf('marta'), await accountOf('piet')]
  expect(first?.sessions.map(({ idHash }) => idHash)).toEqual([marta])
  expect(second).toMatchObject({ sessions: [], groups: [], lastSignInAt: null })
  expect(second?.personId).not.toBe(first?.personId)
  expect((await logged('sign-in-refused')).at(-1)).toMatchObject({
    actor: { person: second?.personId },
    data: { issuer: oidc.issuer, refusal: 'other-person' },
  })
  // Once the first one's session is dead the second may come in.
  now = plus(now, 31 * 60_000)
  const again = new URL((await browser.start()).headers.get('location') ?? '')
  expect(to(await browser.finish((await signIn(provider, again, 'piet', pick)).url))).toBe('/')
  expect((await accountOf('piet'))?.sessions.map(({ idHash }) => idHash)).toEqual([browser.hash()])
})

test('a disabled account is refused, and that is recorded', async () => {
  const dora = person()
  await dora.signIn('dora')
  await db.account.updateMany({ where: { subject: 'dora' }, data: { enabled: false } })
  const again = person()
  expect(to(await again.signIn('dora'))).toBe('/sign-in?problem=disabled')
  expect(again.hash()).toBeUndefined()
  expect((await logged('sign-in-refused')).at(-1)).toMatchObject({ data: { refusal: 'disabled' } })
})

test('signing out ends the session here and at the provider, and is recorded once', async () => {
  const jonas = person()
  await jonas.signIn('jonas')
  const hash = jonas.hash() ?? ''
  const before = (await logged('sign-out')).length
  expect(await jonas.signOut('https://evil.example')).toMatchObject({ status: 303 })
  expect(await db.session.findUnique({ where: { idHash: hash } })).not.toBeNull()
  expect(await jonas.signOut()).toMatchObject({ at: 'application', url: { pathname: '/sign-in' } })
  expect(await db.session.findUnique({ where: { idHash: hash } })).toBeNull()
  expect([...jonas.jar.keys()]).toEqual([])
  await jonas.signOut()
  const events = await logged('sign-out')
  expect(events.slice(before)).toMatchObject([{ data: { session: hash } }])
  // The provider has forgotten too: the next sign-in asks who it is.
  const again = openBrowser(testUrl)
  expect(await again.open((await jonas.start()).headers.get('location') ?? '')).toMatchObject({ at: 'page' })
})

test('a way back without its cookies, with another state, used twice, or with an error does not sign in', async () => {
  const sessions = await db.session.count()
  const anna = person()
  const stop = await signIn(
    openBrowser(testUrl),
    new URL((await anna.start('/inbox')).headers.get('location') ?? ''),
    'anna',
    pick,
  )
  const stranger = person()
  expect(to(await stranger.finish(stop.url))).toBe('/sign-in?problem=expired')
  const other = new URL(stop.url)
  other.searchParams.set('state', 'forged')
  expect(to(await anna.finish(other))).toBe('/sign-in?next=%2Finbox&problem=failed')
  expect(to(await anna.finish(stop.url))).toBe('/sign-in?problem=expired')
  await anna.start()
  const refused = new URL(`${testUrl}/api/auth/callback/oidc?error=access_denied`)
  expect(to(await anna.finish(refused))).toBe('/sign-in?problem=provider-refused')
  expect(await db.session.count()).toBe(sessions)
})

test('only our own page may start a sign-in, and it leads nowhere else afterwards', async () => {
  const anna = person()
  expect(to(await anna.start('/', 'null'))).toBe('/sign-in?problem=foreign-origin')
  expect(to(await anna.signIn('anna', '//evil.example'))).toBe('/')
  expect(to(await anna.signIn('anna', 'https://evil.example/'))).toBe('/')
})

test('a provider that does not answer is told as such', async () => {
  const silent = {
    ...context(),
    config: { ...context().config, access: { ...context().config.access, issuer: 'http://127.0.0.1:1' } },
  }
  const headers = { origin: testUrl, 'content-type': 'application/x-www-form-urlencoded' }
  const request = new Request(`${testUrl}${authPaths.signIn}`, { method: 'POST', headers })
  expect(to(await startSignIn(silent, createProviderGuard(), request))).toBe(
    '/sign-in?problem=provider-unreachable',
  )
})
