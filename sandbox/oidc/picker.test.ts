import { createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Browser, openBrowser, pick } from './browser.ts'
import { pickerPage } from './pages.ts'
import { fullName, people } from './people.ts'
import { type Oidc, startOidc } from './server.ts'

const application = 'http://127.0.0.1:9999'
const verifier = 'v'.repeat(43)
let provider: Oidc

beforeAll(async () => {
  provider = await startOidc({ port: 0, redirectUris: [`${application}/*`] })
})
afterAll(() => provider.close())

function authorization(more: Record<string, string> = {}): URL {
  const url = new URL(`${provider.issuer}/protocol/openid-connect/auth`)
  url.search = new URLSearchParams({
    client_id: provider.clientId,
    response_type: 'code',
    scope: 'openid profile email',
    redirect_uri: `${application}/any/path`,
    state: 'state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  }).toString()
  return url
}

async function picker(browser: Browser, more: Record<string, string> = {}) {
  const stop = await browser.open(authorization(more))
  if (stop.at !== 'page') throw new Error('no picker')
  return stop
}

async function levelOf(personId: string, more: Record<string, string>) {
  const browser = openBrowser(application)
  const { action, form } = pick(await picker(browser, more), personId)
  const stop = await browser.open(action, form)
  if (stop.at !== 'application') throw new Error('not signed in')
  const response = await fetch(`${provider.issuer}/protocol/openid-connect/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${provider.clientId}:${provider.clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: stop.params.code ?? '',
      code_verifier: verifier,
      redirect_uri: `${application}/any/path`,
    }),
  })
  const { id_token } = (await response.json()) as { id_token: string }
  return decodeJwt(id_token)
}

test('offers every demo person by name and role, and nothing a strict policy would block', async () => {
  const { html } = await picker(openBrowser(application))
  for (const person of people) {
    expect(html).toContain(fullName(person))
    expect(html).toContain(person.role)
  }
  expect(html).not.toMatch(/<script|<style| style=| on\w+=/)
})

test('gold is given to people with a second factor when it was asked for, and to nobody else', async () => {
  expect(await levelOf('marta', { acr_values: 'gold' })).toMatchObject({
    acr: 'gold',
    amr: ['pwd', 'otp', 'mfa'],
  })
  expect(await levelOf('anna', { acr_values: 'gold' })).toMatchObject({ acr: 'silver', amr: ['pwd'] })
  expect(await levelOf('marta', {})).toMatchObject({ acr: 'silver' })
  expect(await levelOf('marta', { acr_values: 'platinum' })).toMatchObject({ acr: 'silver' })
})

test('with a session only that person is offered, and a way to sign out and be someone else', async () => {
  const browser = openBrowser(application)
  const first = pick(await picker(browser), 'anna')
  await browser.open(first.action, first.form)
  const again = await picker(browser, { prompt: 'login' })
  expect(again.html).toContain('Anna Beck')
  expect(again.html).not.toContain('Jonas')

  const signOut = new URL(`${again.url.pathname}/sign-out`, again.url)
  const everyone = await browser.open(signOut, new URLSearchParams())
  expect(everyone).toMatchObject({ at: 'page', html: expect.stringContaining('Jonas') })
})

test('an unknown person and a finished sign-in are told so', async () => {
  const browser = openBrowser(application)
  const page = await picker(browser)
  const { action } = pick(page, 'anna')
  const unknown = await browser.open(action, new URLSearchParams({ person: 'mallory' }))
  expect(unknown).toMatchObject({ status: 200, html: expect.stringContaining('Choose one of these people.') })
  const stranger = await openBrowser(application).open(page.url)
  expect(stranger).toMatchObject({ status: 400, html: expect.stringContaining('This sign-in is over') })
})

test('a name with markup is shown as text', () => {
  const [someone] = people
  if (!someone) throw new Error('no people')
  const hostile = { ...someone, givenName: '<img src=x>', role: '"><script>' }
  const html = pickerPage({ action: '/x', clientId: 'portal', people: [hostile], goldAsked: false })
  expect(html).toContain('&lt;img src=x&gt;')
  expect(html).not.toMatch(/<script|<img/)
})
