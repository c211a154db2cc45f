import { z } from 'zod'
import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import { createHttpTarget, type HttpOutcome, type HttpRequest } from '#lib/platform/http.ts'
import { readSecret } from '#lib/platform/secrets.ts'
import { about, type Finding } from './finding.ts'

const timeoutMs = 5000
const dayMs = 86_400_000

/** Asks once, with a deadline; the target is closed again. */
export async function askOnce(url: string, request: HttpRequest): Promise<HttpOutcome> {
  const target = createHttpTarget({ url, timeoutMs, bytesMax: 1 << 20 })
  try {
    return await target.send(request)
  } finally {
    await target.close()
  }
}

/** The body as JSON, or undefined when it is none. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}

/** Each kind of system has its own address for "are you there"; the first that answers 200 will do. */
const healthPaths = {
  metrics: ['/health', '/-/healthy'],
  logs: ['/health'],
  alerts: ['/-/healthy'],
  grafana: ['/api/health'],
} as const

async function trySignal(kind: keyof typeof healthPaths, url: string): Promise<Finding> {
  const says = about(kind)
  let why = ''
  for (const path of healthPaths[kind]) {
    const outcome = await askOnce(url, { path })
    if (outcome.ok && outcome.response.status === 200) return says.fine(`${url} answers.`)
    why = outcome.ok ? `${path} answered ${outcome.response.status}` : outcome.message
  }
  return says.warning(
    `${url} does not answer as ${kind} should (${why}). Check signals.${kind}.url; until then its panels say that it is unreachable.`,
  )
}

/** Measurements, logs, alerts and dashboards: panels without them stay empty, releases go on. */
export async function examineSignals(signals: Config['signals']): Promise<Finding[]> {
  const kinds = ['metrics', 'logs', 'alerts', 'grafana'] as const
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const url = signals[kind]?.url
      return url
        ? trySignal(kind, url)
        : about(kind).note(`signals.${kind} is not configured: pages leave its part out.`)
    }),
  )
  return found
}

const tokenSchema = z.object({ scopes: z.array(z.string()), expires_at: z.iso.date().nullish() })

async function tryGit(git: Config['evidence']['git'][number], now: Instant): Promise<Finding> {
  const says = about('git')
  const headers = git.token ? { 'private-token': readSecret(git.token) } : undefined
  const outcome = await askOnce(git.url, {
    path: '/api/v4/personal_access_tokens/self',
    ...(headers ? { headers } : {}),
  })
  if (!outcome.ok)
    return says.warning(`${git.url} cannot be asked about commits: ${outcome.message}. Check evidence.git.`)
  const { status, body } = outcome.response
  if (!git.token)
    return says.note(
      `${git.url} answers, and is asked without a token: private repositories stay unknown. Give evidence.git a token with read_api.`,
    )
  if (status === 401)
    return says.warning(
      `${git.url} refuses the token of evidence.git. Make a new one with the scope read_api.`,
    )
  const token = tokenSchema.safeParse(jsonOf(body))
  if (status !== 200 || !token.success)
    return says.note(`${git.url} answers, but does not say what its token may do (${status}).`)
  const { scopes, expires_at } = token.data
  if (!scopes.includes('read_api') && !scopes.includes('api'))
    return says.warning(`The token for ${git.url} has the scopes ${scopes.join(', ')}; it needs read_api.`)
  if (scopes.includes('api'))
    return says.warning(
      `The token for ${git.url} may also write (scope api). A token with read_api alone is enough.`,
    )
  const days = expires_at
    ? Math.floor(millisecondsBetween(now, `${expires_at}T00:00:00.000Z` as Instant) / dayMs)
    : undefined
  if (days !== undefined && days < 14)
    return says.warning(`The token for ${git.url} expires on ${expires_at}. Make a new one.`)
  return says.fine(`${git.url} accepts the token${expires_at ? `, until ${expires_at}` : ''}.`)
}

/** Where commits and their authors are looked up. */
export async function examineGit(git: Config['evidence']['git'], now: Instant): Promise<Finding[]> {
  if (git.length === 0)
    return [about('git').note('evidence.git is not configured: commits are shown as Argo CD tells them.')]
  return Promise.all(git.map((entry) => tryGit(entry, now)))
}
