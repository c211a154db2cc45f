import { generateKeyPair, randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { promisify } from 'node:util'
import type { JWK } from 'oidc-provider'
import { Provider } from 'oidc-provider'
import { createStore } from './adapter.ts'
import { configuration, type OidcClient } from './configuration.ts'
import { speakLikeKeycloak } from './manners.ts'
import { assets, frontPage } from './pages.ts'
import { people as demoPeople, type Person } from './people.ts'
import { htmlHeaders, servePicker } from './picker.ts'
import { cookieSignInIsLevelZero } from './policy.ts'
import { endSession, endSessionsOf, signOutAndReturn } from './sessions.ts'

export type OidcOptions = {
  /** 0 takes a free port. */
  port: number
  /** Of the portal; exact, or ending in `/*`. */
  redirectUris: readonly string[]
  /** Told when somebody is signed out. Absent: back-channel logout is off. */
  backchannelLogoutUri?: string
  /** Applications beside the portal. */
  clients?: readonly OidcClient[]
  people?: readonly Person[]
}

export type Oidc = {
  issuer: string
  clientId: string
  clientSecret: string
  people: readonly Person[]
  /** From now on this person cannot sign in, refresh, or go on by cookie. Applications are not told. */
  disable: (personId: string) => Promise<void>
  enable: (personId: string) => void
  /** Signs a person out everywhere, as an administrator would; tells the applications. */
  signOut: (personId: string) => Promise<void>
  close: () => Promise<void>
}

const keyPair = promisify(generateKeyPair)

/**
 * Starts the practice company's OpenID provider on 127.0.0.1: the certified `oidc-provider` library with Keycloak's
 * manners and a picker instead of passwords. Rejects with the listener's error when the port is taken.
 */
export async function startOidc(options: OidcOptions): Promise<Oidc> {
  const { privateKey } = await keyPair('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' } as JWK
  const portal: OidcClient = {
    clientId: 'countersign',
    clientSecret: randomBytes(24).toString('base64url'),
    redirectUris: options.redirectUris,
    ...(options.backchannelLogoutUri && { backchannelLogoutUri: options.backchannelLogoutUri }),
  }
  const people = options.people ?? demoPeople
  const disabled = new Set<string>()
  const store = createStore()

  // The issuer names the port, which is known only after listening.
  let handle: RequestListener = (_req, res) => res.writeHead(503).end()
  const server = createServer((req, res) => handle(req, res))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : options.port}`

  const provider = new Provider(
    issuer,
    configuration({
      issuer,
      jwk,
      cookieKey: randomBytes(24).toString('base64url'),
      clients: [portal, ...(options.clients ?? [])],
      store,
      find: (id) => people.find((person) => person.id === id && !disabled.has(id)),
      signOut: signOutAndReturn,
    }),
  )
  provider.use(speakLikeKeycloak)
  provider.on('authorization.accepted', cookieSignInIsLevelZero)
  relaxClients(provider)

  const picker = {
    provider,
    people,
    isDisabled: (id: string) => disabled.has(id),
    endSession: async (uid: string) => {
      const session = await provider.Session.findByUid(uid)
      if (session) await endSession(provider, session)
    },
  }
  const protocol = provider.callback()
  handle = (req, res) => {
    const path = req.url?.split('?')[0] ?? '/'
    // Browsers ask for this one by themselves, from a page that names none.
    const asset = assets[path === '/favicon.ico' ? '/assets/icon.svg' : path]
    if (asset) return res.writeHead(200, { 'content-type': asset.type }).end(asset.body)
    if (path === '/') return res.writeHead(200, htmlHeaders()).end(frontPage())
    if (path.startsWith('/sign-in/')) {
      return servePicker(picker, req, res).catch(() => res.writeHead(500).end())
    }
    return protocol(req, res)
  }

  return {
    issuer,
    clientId: portal.clientId,
    clientSecret: portal.clientSecret,
    people,
    disable: async (personId) => {
      disabled.add(personId)
      await endSessionsOf(provider, store, personId, false)
    },
    enable: (personId) => void disabled.delete(personId),
    signOut: (personId) => endSessionsOf(provider, store, personId, true),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What a Keycloak client allows and the library's does not: wildcards, any way back on its own origin, `sid` always. */
function relaxClients(provider: Provider): void {
  const client = provider.Client.prototype as unknown as {
    redirectUris?: string[]
    redirectUriAllowed: (uri: string) => boolean
    postLogoutRedirectUriAllowed: (uri: string) => boolean
    includeSid: () => boolean
  }
  client.redirectUriAllowed = function (uri) {
    return (this.redirectUris ?? []).some((known) =>
      known.endsWith('/*') ? uri.startsWith(known.slice(0, -1)) : uri === known,
    )
  }
  client.postLogoutRedirectUriAllowed = function (uri) {
    const origins = (this.redirectUris ?? []).map((known) => URL.parse(known)?.origin)
    return origins.includes(URL.parse(uri)?.origin)
  }
  client.includeSid = () => true
}
