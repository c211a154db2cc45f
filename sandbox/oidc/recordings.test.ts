import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openBrowser, pick, signIn } from './browser.ts'
import { differences } from './differences.ts'
import { type Oidc, startOidc } from './server.ts'

type Json = Record<string, unknown>
type Recording = { request: { params?: Record<string, string>; signInFormShown?: boolean }; response: Json }

const folder = new URL('../recordings/keycloak/', import.meta.url)
const read = (name: string): Recording => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
const names = readdirSync(folder).map((file) => file.replace('.json', ''))
const application = 'http://127.0.0.1:9999'
const played = new Set<string>()

/** Names and types, without values: `{sub:"string",groups:["string"]}`. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? [shapeOf(value[0])] : []
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, shapeOf(inner)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

let provider: Oidc
let receiver: Server
let logoutTokens: string[]
const printed = vi.spyOn(console, 'info')

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  receiver = createServer(async (req, res) => {
    logoutTokens.push(new URLSearchParams(await text(req)).get('logout_token') ?? '')
    res.end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const address = receiver.address()
  const port = typeof address === 'object' ? address?.port : 0
  provider = await startOidc({
    port: 0,
    redirectUris: [`${application}/cb`],
    backchannelLogoutUri: `http://127.0.0.1:${port}/backchannel`,
  })
})
afterAll(async () => {
  vi.useRealTimers()
  receiver.close()
  await provider.close()
})
beforeEach(() => {
  logoutTokens = []
})
afterEach(() => {
  expect(printed).not.toHaveBeenCalled()
})

/** Plays a recorded authorization request, with the person who was at the keyboard. */
async function play(name: string, person = 'anna', browser = openBrowser(application)) {
  played.add(name)
  const recording = read(name)
  const verifier = randomBytes(32).toString('base64url')
  const url = new URL(`${provider.issuer}/protocol/openid-connect/auth`)
  for (const [key, value] of Object.entries({
    ...recording.request.params,
    state: 'state',
    nonce: 'nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  })) {
    url.searchParams.set(key, value)
  }
  const stop = await signIn(browser, url, person, pick)
  expect(stop.pageShown, `${name}: page shown`).toBe(recording.request.signInFormShown)
  const code = stop.at === 'application' ? (stop.params.code ?? '') : ''
  const exchange = (secret?: string) =>
    askToken(
      { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: `${application}/cb` },
      secret,
    )
  return { recording, stop, browser, exchange }
}

async function askToken(form: Record<string, string>, secret = provider.clientSecret) {
  const response = await fetch(`${provider.issuer}/protocol/openid-connect/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${provider.clientId}:${secret}`)}` },
    body: new URLSearchParams(form),
  })
  return { status: response.status, body: (await response.json()) as Json }
}

const decoded = (jwt: unknown) => (jwt as { decoded: [Json, Json] }).decoded

/** Same members with the same types, same level, same header, in everything the portal may look at. */
function expectSameTokens(recording: Recording, answer: { status: number; body: Json }) {
  const recorded = recording.response.body as Json
  expect(answer.status).toBe(recording.response.status)
  expect(Object.keys(answer.body).sort()).toEqual(Object.keys(recorded).sort())
  const [header, claims] = decoded(recorded.id_token)
  const idToken = String(answer.body.id_token)
  const { amr: _notRecorded, ...mine } = decodeJwt(idToken)
  if (!('nonce' in claims)) delete mine.nonce
  expect(shapeOf(mine)).toEqual(shapeOf(claims))
  expect(mine.acr).toBe(claims.acr)
  expect(mine).toMatchObject({ name: claims.name, email: claims.email, typ: 'ID', azp: 'countersign' })
  expect(mine.groups).toEqual(expect.arrayContaining(claims.groups as string[]))
  expect({ typ: 'JWT', ...decodeProtectedHeader(idToken) }).toEqual({ ...header, kid: expect.any(String) })
  return mine
}

describe('in this order', { shuffle: false }, () => {
  describe('sign-in', () => {
    test.each([
      ['sign-in', 'anna'],
      ['sign-in-developer', 'jonas'],
      ['acr-gold-asked-but-no-flow-gives-it', 'anna'],
      ['acr-gold-essential-but-no-flow-gives-it', 'anna'],
    ])('%s', async (name, person) => {
      const { recording, stop, exchange } = await play(name, person)
      const callback = recording.response.callback as Json
      expect(stop).toMatchObject({ at: 'application', params: { state: 'state', iss: provider.issuer } })
      expect(Object.keys(stop.at === 'application' ? stop.params : {}).sort()).toEqual(
        Object.keys(callback).sort(),
      )
      const claims = expectSameTokens(recording, await exchange())
      expect(claims.nonce).toBe('nonce')
    })

    test.each([
      ['sign-in-again-by-cookie', false],
      ['prompt-none-with-session', false],
      ['prompt-login', true],
      ['max-age-0', true],
      ['prompt-login-as-another-person', true],
    ])('%s, with a session: new time %s', async (name, newTime) => {
      const first = await play('sign-in')
      const { auth_time: before, sid } = decodeJwt(String((await first.exchange()).body.id_token))
      vi.setSystemTime(Date.now() + 5000)
      const person = name.endsWith('another-person') ? 'jonas' : 'anna'
      const { recording, exchange } = await play(name, person, first.browser)
      const claims = expectSameTokens(recording, await exchange())
      expect(claims.auth_time).toBe(newTime ? Number(before) + 5 : before)
      expect(claims.sid).toBe(sid)
    })

    test('prompt-none-without-session', async () => {
      const { recording, stop } = await play('prompt-none-without-session')
      const callback = recording.response.callback as Json
      expect(stop).toMatchObject({
        at: 'application',
        params: { ...callback, state: 'state', iss: provider.issuer },
      })
      expect(Object.keys(stop.at === 'application' ? stop.params : {})).toHaveLength(
        Object.keys(callback).length,
      )
    })

    test('sign-in-disabled-person: the page again, until enabled', async () => {
      await provider.disable('jonas')
      const { stop } = await play('sign-in-disabled-person', 'jonas')
      expect(stop).toMatchObject({ at: 'page', status: 200, html: expect.stringContaining('is disabled') })
      provider.enable('jonas')
      expect((await play('sign-in-developer', 'jonas')).stop.at).toBe('application')
    })

    test('disabling ends what the person has: no cookie sign-in, no refresh', async () => {
      const { browser, exchange } = await play('sign-in-developer', 'jonas')
      const { body } = await exchange()
      await provider.disable('jonas')
      provider.enable('jonas')
      expect((await play('prompt-none-without-session', 'jonas', browser)).stop.at).toBe('application')
      const refreshed = await askToken({
        grant_type: 'refresh_token',
        refresh_token: String(body.refresh_token),
      })
      expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      expect(logoutTokens).toEqual([])
    })

    test('wrong-redirect-uri', async () => {
      played.add('wrong-redirect-uri')
      const { request, response } = read('wrong-redirect-uri')
      const url = new URL(`${provider.issuer}/protocol/openid-connect/auth`)
      for (const [key, value] of Object.entries(request.params ?? {})) url.searchParams.set(key, value)
      expect(await openBrowser(application).open(url)).toMatchObject({ at: 'page', status: response.status })
    })
  })

  describe('tokens', () => {
    test('token-code-used-twice', async () => {
      played.add('token-code-used-twice')
      const { exchange } = await play('sign-in-developer', 'jonas')
      await exchange()
      expect(await exchange()).toEqual(read('token-code-used-twice').response)
    })

    test('token-wrong-secret', async () => {
      played.add('token-wrong-secret')
      const { exchange } = await play('sign-in-developer', 'jonas')
      expect(await exchange('wrong')).toEqual(read('token-wrong-secret').response)
    })

    test('token-refresh, token-refresh-after-logout, back-channel-logout-token', async () => {
      for (const name of ['token-refresh', 'token-refresh-after-logout', 'back-channel-logout-token'])
        played.add(name)
      const { exchange } = await play('sign-in-developer', 'jonas')
      const first = await exchange()
      const refresh = { grant_type: 'refresh_token', refresh_token: String(first.body.refresh_token) }
      const claims = expectSameTokens(read('token-refresh'), await askToken(refresh))

      await provider.signOut('jonas')
      // Earlier tests left other browsers signed in as jonas; they are told too.
      const logoutToken = logoutTokens.find((token) => decodeJwt(token).sid === claims.sid) ?? ''
      const [header, payload] = decoded(
        (read('back-channel-logout-token').response.body as Json).logout_token,
      )
      expect(decodeProtectedHeader(logoutToken)).toEqual({ ...header, kid: expect.any(String) })
      const { typ: _repeated, ...recorded } = payload
      expect(shapeOf(decodeJwt(logoutToken))).toEqual(shapeOf(recorded))
      expect(decodeJwt(logoutToken)).toMatchObject({ sub: 'jonas', sid: claims.sid, events: payload.events })

      expect(await askToken(refresh)).toEqual(read('token-refresh-after-logout').response)
    })
  })

  describe('other endpoints', () => {
    test('userinfo and userinfo-bad-token', async () => {
      for (const name of ['userinfo', 'userinfo-bad-token']) played.add(name)
      const { exchange } = await play('sign-in-developer', 'jonas')
      const url = `${provider.issuer}/protocol/openid-connect/userinfo`
      const authorization = `Bearer ${(await exchange()).body.access_token}`
      const good = await fetch(url, { headers: { authorization } })
      expect(good.status).toBe(200)
      expect(await good.json()).toEqual({ ...(read('userinfo').response.body as Json), sub: 'jonas' })

      const bad = await fetch(url, { headers: { authorization: 'Bearer nonsense' } })
      expect({
        status: bad.status,
        wwwAuthenticate: bad.headers.get('www-authenticate'),
        body: await bad.text(),
      }).toEqual(read('userinfo-bad-token').response)
    })

    test('discovery and certs', async () => {
      for (const name of ['discovery', 'certs']) played.add(name)
      const recorded = read('discovery').response.body as Json
      const response = await fetch(`${provider.issuer}/.well-known/openid-configuration`)
      const mine = (await response.json()) as Json
      expect(mine.issuer).toBe(provider.issuer)
      const common = Object.keys(mine).filter((key) => key in recorded)
      for (const key of common) expect({ [key]: typeof mine[key] }).toEqual({ [key]: typeof recorded[key] })
      expect(common).toEqual(
        expect.arrayContaining([
          'token_endpoint',
          'jwks_uri',
          'end_session_endpoint',
          'acr_values_supported',
        ]),
      )
      expect(mine.acr_values_supported).toEqual(expect.arrayContaining(['silver', 'gold', '0']))

      const { keys } = (await (await fetch(String(mine.jwks_uri))).json()) as { keys: Json[] }
      const [, signing] = (read('certs').response.body as { keys: Json[] }).keys
      expect(keys).toEqual([
        expect.objectContaining({ kty: signing?.kty, alg: 'RS256', use: 'sig', e: 'AQAB' }),
      ])
    })
  })

  // Last, as what is played is counted: every recording is either played above or named with a reason.
  test('no recording is forgotten', () => {
    const explained = Object.keys(differences.notPlayed)
    expect([...played, ...explained].sort()).toEqual(names.sort())
  })
})
