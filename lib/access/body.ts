import { ok, type Result, refuse } from '#lib/platform/result.ts'

/** The largest body the door takes. */
export const bodyBytesMax = 256 * 1024

/** Reads a body, and no more of it than the limit: a body without a length cannot fill the memory either. */
export async function readBody(
  request: Request,
  bytesMax = bodyBytesMax,
): Promise<Result<Uint8Array, 'too-large'>> {
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) return refuse('too-large')
  const parts: Uint8Array[] = []
  let bytes = 0
  const reader = request.body?.getReader()
  while (reader) {
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.length
    if (bytes > bytesMax) {
      await reader.cancel()
      return refuse('too-large')
    }
    parts.push(value)
  }
  return ok(Buffer.concat(parts))
}

/** The JSON of a body; undefined when it is none (JSON itself has no undefined). */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}
