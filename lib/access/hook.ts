import 'server-only'
import { createHash, timingSafeEqual } from 'node:crypto'
import type { z } from 'zod'
import { clock } from '#lib/platform/clock.ts'
import type { SecretRef } from '#lib/platform/config-values.ts'
import { perProcess } from '#lib/platform/context.ts'
import type { Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { readSecret } from '#lib/platform/secrets.ts'
import { parseJson, readBody } from './body.ts'
import { apiHeaders, problem, problemResponse, TurnedAway, turnAway } from './problem.ts'
import { createBuckets } from './rate.ts'
import { type AccessContext, webAccess } from './viewer.ts'

export type HookRule<B> = {
  name: string
  /** Undefined: nobody may call. */
  secret: () => SecretRef | undefined
  body: z.ZodType<B>
  bytesMax: number
}

const digest = (text: string) => createHash('sha256').update(text).digest()
/** Takes the same time for any wrong secret, whatever its length. */
const same = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))

export function createHookState(nowMs = clock.monotonicMs) {
  return {
    strangers: createBuckets({ burst: 20, perSecond: 1, nowMs }),
    known: createBuckets({ burst: 120, perSecond: 20, nowMs }),
  }
}
type HookState = ReturnType<typeof createHookState>

/**
 * Wraps a route that another system calls with a shared secret as a bearer token: who (401), how often (429), in what
 * size and form (415, 413, 422). There is no session, so no browser's request can get through. What the sender should
 * try again is a 5xx or 429; everything else is final.
 */
export function createHook(options: { context: () => AccessContext; state: () => HookState }) {
  return <B>(rule: HookRule<B>, handle: (input: { body: B; db: Db }) => Promise<object>) =>
    async (request: Request): Promise<Response> => {
      const requestId = newId('request')
      const { db, config } = options.context()
      const { strangers, known } = options.state()
      try {
        const secret = rule.secret()
        if (!secret) throw turnAway(404, 'not-found', 'There is nothing at this address.')
        const given = /^Bearer +(\S{1,1000})$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
        const right = same(given, readSecret(secret))
        const waitS = (right ? known : strangers).take(rule.name)
        if (waitS > 0)
          throw turnAway(429, 'too-many-requests', `Too many messages. Wait ${waitS} s.`, {
            headers: { 'Retry-After': String(waitS) },
          })
        if (!right)
          throw turnAway(401, 'wrong-secret', 'Send the configured secret as Authorization: Bearer.')
        if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? ''))
          throw turnAway(415, 'json-only', 'Send the body as Content-Type: application/json.')
        const read = await readBody(request, rule.bytesMax)
        if (!read.ok) throw turnAway(413, 'too-large', `The body is larger than ${rule.bytesMax} bytes.`)
        const parsed = rule.body.safeParse(parseJson(read.value))
        if (!parsed.success) {
          const [first] = parsed.error.issues
          throw turnAway(422, 'body-not-understood', `${first?.path.join('.') || 'body'}: ${first?.message}`)
        }
        const answer = await handle({ body: parsed.data, db })
        log.info('hook', { request: requestId, hook: rule.name, ...answer })
        return new Response(JSON.stringify(answer), {
          headers: { ...apiHeaders(config.url, requestId), 'Content-Type': 'application/json' },
        })
      } catch (error) {
        if (error instanceof TurnedAway) {
          const { status, code, detail, headers } = error
          log.warn('a hook was turned away', { request: requestId, hook: rule.name, status, code })
          return problemResponse(problem(status, code, detail, requestId), config.url, headers)
        }
        log.error('a hook failed unexpectedly', { request: requestId, hook: rule.name, error })
        const detail = 'This is our fault, not yours. Send it again later.'
        return problemResponse(problem(503, 'unexpected', detail, requestId), config.url)
      }
    }
}

export const hook = createHook({
  context: webAccess,
  state: () => perProcess('hooks', createHookState),
})
