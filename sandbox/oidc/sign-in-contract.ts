import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, type Submit, signIn } from './browser.ts'

/** A running provider to hold to the contract, with what the tests cannot do through the protocol. */
export type Provider = {
  issuer: string
  clientId: string
  clientSecret: string
  submit: Submit
  /** Resolves when the clock shows another second, so that `auth_time` can differ. */
  nextSecond: () => Promise<void>
  disable: (personId: string) => Promise<void>
  close: () => Promise<void>
}

export const applicationOrigin = 'http://127.0.0.1:9999'
const redirectUri = `${applicationOrigin}/cb`

/** What Countersign relies on at sign-in. The same lines run against the sandbox and against a real Keycloak. */
export function describeSignIn(name: string, start: () => Promise<Provider>, startTimeoutMs: number): void {
  describe(name, () => {
    let provider: Provider
    let config: oidc.Configuration

    beforeAll(async () => {
      provider = await start()
      config = await oidc.discovery(
        new URL(provider.issuer),
        provider.clientId,
        undefined,
        oidc.ClientSecretBasic(provider.clientSecret),
        { execute: [oidc.allowInsecureRequests] },
      )
    }, startTimeoutMs)
    afterAll(() => provider?.close(), startTimeoutMs)

    async function go(
      browser: ReturnType<typeof openBrowser>,
      person: string,
      more: Record<string, string> = {},
    ) {
      const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
      const expectedState = oidc.randomState()
      const expectedNonce = oidc.randomNonce()
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid profile email',
        code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: expectedState,
        nonce: expectedNonce,
        ...more,
      })
      const stop = await signIn(browser, url, person, provider.submit)
      const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
      return {
        stop,
        tokens: async () => {
          if (stop.at !== 'application') throw new Error(`still at the provider: ${stop.html.slice(0, 300)}`)
          const tokens = await oidc.authorizationCodeGrant(config, stop.url, checks)
          return { tokens, claims: tokens.claims() ?? fail('no ID token') }
        },
      }
    }

    test('says where its endpoints are, and that it signs with RS256 and takes PKCE', () => {
      const metadata = config.serverMetadata()
      expect(metadata.issuer).toBe(provider.issuer)
      expect(metadata.code_challenge_methods_supported).toContain('S256')
      expect(metadata.id_token_signing_alg_values_supported).toContain('RS256')
      expect(metadata.acr_values_supported).toEqual(expect.arrayContaining(['silver', 'gold']))
      for (const endpoint of ['token_endpoint', 'jwks_uri', 'end_session_endpoint', 'userinfo_endpoint']) {
        expect(metadata).toHaveProperty(endpoint, expect.stringContaining(provider.issuer))
      }
    })

    test('code flow with PKCE gives name, e-mail, full path groups, time and level of the sign-in', async () => {
      const { claims } = await (await go(openBrowser(applicationOrigin), 'anna')).tokens()
      expect(claims).toMatchObject({
        name: 'Anna Beck',
        email: 'anna.beck@acme.example',
        acr: 'silver',
        sid: expect.any(String),
        auth_time: expect.any(Number),
      })
      expect(claims.groups).toContain('/shop/approvers')
    })

    test('a request without PKCE is refused', async () => {
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid',
        state: oidc.randomState(),
      })
      expect(await openBrowser(applicationOrigin).open(url)).toMatchObject({
        at: 'application',
        params: { error: 'invalid_request' },
      })
    })

    test('signing in again goes by cookie: no page, level 0, the old time', async () => {
      const browser = openBrowser(applicationOrigin)
      const first = await (await go(browser, 'anna')).tokens()
      await provider.nextSecond()
      const again = await go(browser, 'anna')
      expect(again.stop.pageShown).toBe(false)
      const { claims } = await again.tokens()
      expect(claims).toMatchObject({
        acr: '0',
        auth_time: first.claims.auth_time,
        sub: first.claims.sub,
        sid: first.claims.sid,
      })
    })

    test.each([{ prompt: 'login' }, { prompt: 'login', max_age: '0' }, { max_age: '0' }])(
      '%o asks again and gives a new time',
      async (more) => {
        const browser = openBrowser(applicationOrigin)
        const first = await (await go(browser, 'anna')).tokens()
        await provider.nextSecond()
        await provider.nextSecond()
        const again = await go(browser, 'anna', more)
        expect(again.stop.pageShown).toBe(true)
        const { claims } = await again.tokens()
        expect(claims.sub).toBe(first.claims.sub)
        expect(claims.acr).toBe('silver')
        expect(claims.auth_time).toBeGreaterThan(first.claims.auth_time ?? 0)
      },
    )

    test('prompt=login keeps the person, whoever is named', async () => {
      const browser = openBrowser(applicationOrigin)
      const first = await (await go(browser, 'anna')).tokens()
      const { claims } = await (await go(browser, 'jonas', { prompt: 'login' })).tokens()
      expect(claims.sub).toBe(first.claims.sub)
    })

    test('prompt=none works with a session and answers login_required without', async () => {
      const browser = openBrowser(applicationOrigin)
      const without = await go(browser, 'anna', { prompt: 'none' })
      expect(without.stop).toMatchObject({ at: 'application', params: { error: 'login_required' } })
      await go(browser, 'anna')
      const { claims } = await (await go(browser, 'anna', { prompt: 'none' })).tokens()
      expect(claims.acr).toBe('0')
    })

    test.each([
      { acr_values: 'gold' },
      { claims: JSON.stringify({ id_token: { acr: { essential: true, values: ['gold'] } } }) },
    ])('a level that cannot be reached is no error: %o gives silver', async (more) => {
      const { claims } = await (await go(openBrowser(applicationOrigin), 'anna', more)).tokens()
      expect(claims.acr).toBe('silver')
    })

    test('a code works once', async () => {
      const first = await go(openBrowser(applicationOrigin), 'anna')
      await first.tokens()
      await expect(first.tokens()).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
    })

    test('a wrong client secret is refused with 401', async () => {
      const { stop } = await go(openBrowser(applicationOrigin), 'anna')
      const wrong = new oidc.Configuration(
        config.serverMetadata(),
        provider.clientId,
        undefined,
        oidc.ClientSecretBasic('wrong'),
      )
      oidc.allowInsecureRequests(wrong)
      await expect(
        oidc.authorizationCodeGrant(wrong, stop.url, {
          pkceCodeVerifier: 'x'.repeat(43),
          expectedState: oidc.skipStateCheck,
        }),
      ).rejects.toMatchObject({ status: 401 })
    })

    test('refreshing gives new tokens of the same session, until the person signs out', async () => {
      const browser = openBrowser(applicationOrigin)
      const { tokens, claims } = await (await go(browser, 'jonas')).tokens()
      const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? fail('no refresh token'))
      expect(refreshed.claims()).toMatchObject({
        sub: claims.sub,
        sid: claims.sid,
        auth_time: claims.auth_time,
      })

      const out = await browser.open(
        oidc.buildEndSessionUrl(config, {
          id_token_hint: tokens.id_token ?? fail('no ID token'),
          post_logout_redirect_uri: `${applicationOrigin}/signed-out`,
          state: 'bye',
        }),
      )
      expect(out).toMatchObject({ at: 'application', params: { state: 'bye' } })
      await expect(
        oidc.refreshTokenGrant(config, refreshed.refresh_token ?? tokens.refresh_token ?? ''),
      ).rejects.toMatchObject({ error: 'invalid_grant' })
      const none = await go(browser, 'jonas', { prompt: 'none' })
      expect(none.stop).toMatchObject({ params: { error: 'login_required' } })
    })

    // Last, because a real realm stays changed.
    test('a disabled person stays on the page and cannot refresh', async () => {
      const { tokens } = await (await go(openBrowser(applicationOrigin), 'mei')).tokens()
      await provider.disable('mei')
      const refused = await go(openBrowser(applicationOrigin), 'mei')
      expect(refused.stop).toMatchObject({ at: 'page', status: 200 })
      await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      })
    })
  })
}

function fail(reason: string): never {
  throw new Error(reason)
}
