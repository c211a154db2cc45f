import { createHmac, timingSafeEqual } from 'node:crypto'
import { seconds } from '#sandbox/world/clock.ts'
import { glob } from '#sandbox/world/projects.ts'
import { GrpcError } from './http.ts'

export type Account = 'countersign' | 'reader' | 'jonas'
export type Identity = { account: string; issuedAtS: number }

/** What argocd-rbac-cm would say. The worker's account gets and syncs, and never more. */
const policies: Record<string, { resource: string; action: string; object: string }[]> = {
  countersign: [
    { resource: 'applications', action: 'get', object: '*' },
    { resource: 'applications', action: 'sync', object: '*' },
    { resource: 'applicationsets', action: 'get', object: '*' },
    { resource: 'projects', action: 'get', object: '*' },
    { resource: 'clusters', action: 'get', object: '*' },
    { resource: 'repositories', action: 'get', object: '*' },
    { resource: 'logs', action: 'get', object: '*' },
  ],
  reader: [
    { resource: 'applications', action: 'get', object: 'shop/*' },
    { resource: 'projects', action: 'get', object: 'shop' },
  ],
  jonas: [
    { resource: 'applications', action: '*', object: 'shop/*' },
    { resource: 'projects', action: 'get', object: 'shop' },
    { resource: 'logs', action: 'get', object: 'shop/*' },
  ],
}

export const accounts = Object.keys(policies) as Account[]

export function can(identity: Identity, resource: string, action: string, object: string): boolean {
  return (policies[identity.account] ?? []).some(
    (policy) => policy.resource === resource && glob(policy.action, action) && glob(policy.object, object),
  )
}

/** Throws the refusal that names who asked for what. */
export function demand(identity: Identity, resource: string, action: string, object: string): void {
  if (can(identity, resource, action, object)) return
  const iat = seconds(identity.issuedAtS * 1000)
  const who = `sub: ${identity.account}, iat: ${iat}`
  throw new GrpcError(7, `permission denied: ${resource}, ${action}, ${object}, ${who}`)
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function sign(secret: string, head: string): string {
  return createHmac('sha256', secret).update(head).digest('base64url')
}

/** An HS256 token as Argo CD issues them; `kind` is `apiKey` or `login`. */
export function mint(secret: string, account: string, kind: string, issuedAtS: number, id: string): string {
  const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({
    iss: 'argocd',
    sub: `${account}:${kind}`,
    nbf: issuedAtS,
    iat: issuedAtS,
    jti: id,
  })}`
  return `${head}.${sign(secret, head)}`
}

const noSession = () => new GrpcError(16, 'no session information')

/** Who holds this bearer. Text that is no JWT counts as no bearer at all, as in Argo CD. */
export function identify(secret: string, header: string | undefined): Identity {
  const token = /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1] ?? ''
  const [head = '', payload = '', signature = ''] = token.split('.')
  if (!head || !payload || !signature) throw noSession()
  const expected = Buffer.from(sign(secret, `${head}.${payload}`))
  const given = Buffer.from(signature)
  if (expected.length !== given.length || !timingSafeEqual(expected, given))
    throw new GrpcError(16, 'invalid session: token signature is invalid: signature is invalid')
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  if (typeof claims !== 'object' || claims === null || !('sub' in claims) || !('iat' in claims))
    throw noSession()
  return { account: String(claims.sub).split(':')[0] ?? '', issuedAtS: Number(claims.iat) }
}
