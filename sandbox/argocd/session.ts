import { caller } from './access.ts'
import { accounts, can, mint } from './auth.ts'
import { type Call, GrpcError, sendJson } from './http.ts'
import { anonymousSettings, settings } from './settings.ts'

/** The password of every account of the sandbox; there is nothing behind it. */
export const sandboxPassword = 'sandbox'

export function createSession({ desk, state, body, res }: Call): void {
  let given: { username?: unknown; password?: unknown } = {}
  try {
    given = JSON.parse(body || '{}') ?? {}
  } catch {
    throw new GrpcError(3, 'unexpected EOF')
  }
  const account = accounts.find((candidate) => candidate === given.username)
  if (!account || given.password !== sandboxPassword) throw new GrpcError(16, 'Invalid username or password')
  const nowS = Math.floor(state.clock.now() / 1000)
  const token = mint(desk.secret, account, 'login', nowS, `${account}-${nowS}`)
  res.setHeader('set-cookie', `argocd.token=${token}; path=/; SameSite=lax; httpOnly`)
  sendJson(res, { token })
}

export function deleteSession({ res }: Call): void {
  res.setHeader('set-cookie', 'argocd.token=; path=/; SameSite=lax; httpOnly')
  sendJson(res, {})
}

/** Never a 401: who is not signed in gets an empty object. */
export function userInfo({ identity, res }: Call): void {
  sendJson(res, identity ? { loggedIn: true, username: identity.account, iss: 'argocd' } : {})
}

const resources = [
  'clusters',
  'projects',
  'applications',
  'applicationsets',
  'repositories',
  'write-repositories',
  'certificates',
  'accounts',
  'gpgkeys',
  'logs',
  'exec',
  'extensions',
]

export function canI(call: Call): void {
  const { resource = '', action = '', subresource = '' } = call.params
  if (!resources.includes(resource))
    throw new GrpcError(3, `[${resources.join(' ')}] does not contain ${resource}`)
  sendJson(call.res, { value: can(caller(call), resource, action, subresource) ? 'yes' : 'no' })
}

export function version({ desk, identity, res }: Call): void {
  const Version = desk.version
  if (!identity) {
    sendJson(res, { Version })
    return
  }
  sendJson(res, {
    Version,
    BuildDate: '2026-08-12T00:00:00Z',
    GitCommit: '109ca7ca71139e514114499d294a492e7910a965',
    GitTreeState: 'clean',
    GoVersion: 'go1.26.8',
    Compiler: 'gc',
    Platform: 'linux/amd64',
    KustomizeVersion: 'v5.8.1 unknown',
    HelmVersion: 'v4.2',
    JsonnetVersion: 'v0.22.0',
  })
}

export function getSettings({ identity, res }: Call): void {
  sendJson(res, identity ? settings : anonymousSettings)
}
