import { type Answer, type Ask, asking, excerpt } from '#lib/anchors/ask.ts'
import type { SecretRef } from '#lib/platform/config-values.ts'
import { readSecret } from '#lib/platform/secrets.ts'
import type { Batch } from '#lib/streams/stream.ts'
import { askedPauseMs, SinkBusy } from './busy.ts'
import type { Sink } from './open.ts'

export const bodyOf = ({ lines }: Batch): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

export const bearer = (token: SecretRef | undefined): Record<string, string> =>
  token ? { authorization: `Bearer ${readSecret(token)}` } : {}

/** Sinks are asked again after pauses of their own, never because somebody rests for them. */
export const patiently = (url: string): Ask => asking(url, Number.MAX_SAFE_INTEGER)

/** Throws unless the answer is 2xx. Redirects are no answer: nothing is kept behind them. */
export function mustHaveTaken(answer: Answer, what: string): void {
  if (answer.status >= 200 && answer.status < 300) return
  throw new SinkBusy(`${what} did not take the log: ${excerpt(answer)}`, askedPauseMs(answer))
}

/** Lines of JSON by POST, as most collectors take them: 2xx means that it keeps them all. */
export function httpSink(place: { url: string; token?: SecretRef | undefined }, name: string): Sink {
  const { origin, pathname } = new URL(place.url)
  const ask = patiently(origin)
  return {
    name,
    async deliver(batch) {
      const headers = { ...bearer(place.token), 'content-type': 'application/x-ndjson' }
      mustHaveTaken(await ask({ method: 'POST', path: pathname, headers, body: bodyOf(batch) }), place.url)
    },
  }
}
