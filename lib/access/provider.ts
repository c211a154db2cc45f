import 'server-only'
import { z } from 'zod'
import { clock } from '#lib/platform/clock.ts'
import { createHttpTarget } from '#lib/platform/http.ts'
import { parseJson } from './body.ts'

const discovery = z.looseObject({ end_session_endpoint: z.url({ protocol: /^https?$/ }).optional() })
const keepMs = 600_000

/**
 * Asks the provider where people sign out, at most every ten minutes. Undefined when it has no such address, has
 * it elsewhere than at its own origin (our content policy lets forms lead there only), or does not answer in 3 s.
 */
export function createEndSession(issuer: string, nowMs = clock.monotonicMs) {
  const target = createHttpTarget({ url: issuer, timeoutMs: 3000, concurrencyMax: 4, bytesMax: 256 * 1024 })
  let known: { address: string | undefined; atMs: number } | undefined
  return {
    async address(): Promise<string | undefined> {
      if (known && nowMs() - known.atMs < keepMs) return known.address
      const outcome = await target.send({ path: '/.well-known/openid-configuration' })
      if (!outcome.ok || outcome.response.status !== 200) return known?.address
      const parsed = discovery.safeParse(parseJson(outcome.response.body))
      const found = parsed.success ? parsed.data.end_session_endpoint : undefined
      const address = found && new URL(found).origin === new URL(issuer).origin ? found : undefined
      known = { address, atMs: nowMs() }
      return address
    },
    close: () => target.close(),
  }
}
