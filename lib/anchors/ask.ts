import { createHttpTarget, type HttpHead, type HttpRequest } from '#lib/platform/http.ts'

export type Answer = HttpHead & { text: string }
export type Ask = (request: HttpRequest) => Promise<Answer>

const timeoutMs = 8_000

/** What a system said, short enough for a sentence and on one line. */
export const excerpt = ({ status, text }: Answer): string => {
  const said = text.replaceAll(/\s+/g, ' ').trim().slice(0, 200)
  return said === '' ? `it answered ${status}` : `it answered ${status}: ${said}`
}

/** Asks one system over a connection of its own each time. Throws an Error in words when there is no answer. It rests after `failuresMax` failures (5). */
export function asking(url: string, failuresMax?: number): Ask {
  const limits = { timeoutMs, bytesMax: 4 << 20, concurrencyMax: 4, ...(failuresMax && { failuresMax }) }
  const target = createHttpTarget({ url, ...limits })
  return async (request) => {
    const outcome = await target.send({ ...request, fresh: true })
    if (!outcome.ok) throw new Error(`${url} does not answer: ${outcome.message}`)
    const { status, headers, body } = outcome.response
    return { status, headers, text: new TextDecoder().decode(body) }
  }
}
