import type { z } from 'zod'
import type { Masker } from '#lib/manifests/mask.ts'
import type { HttpFailure, HttpOutcome } from '#lib/platform/http.ts'
import { errorSchema, streamErrorSchema } from './schema.ts'

/**
 * Why Argo CD gave no usable answer. `message` is masked: upstream errors have carried secrets before.
 * `refused` is any other "no" to this very request (400, 405, 409, 415, 429).
 */
export type ArgoFailure = {
  ok: false
  kind:
    | 'unreachable'
    | 'unauthorised'
    | 'forbidden'
    | 'not-found'
    | 'refused'
    | 'server-error'
    | 'not-understood'
  message: string
  status?: number
  /** grpc status code, when the answer named one. */
  code?: number
  transport?: HttpFailure
}
export type ArgoResult<T> = { ok: true; value: T } | ArgoFailure

const messageLengthMax = 2000
const depthMax = 100
const [quote, backslash, openBrace, closeBrace] = [0x22, 0x5c, 0x7b, 0x7d]

const rare = /\\u(?:0000|d)/i
/** An escaped backslash, a whole pair, or what is neither: only the last is unfit. */
const escapes = /\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(\\u(?:0000|d[89a-f][0-9a-f]{2}))/gi

/** JSON may carry NUL and halves of surrogate pairs; neither a canonical form nor Postgres takes them: U+FFFD. */
function storable(text: string): string {
  return rare.test(text) ? text.replace(escapes, (all, unfit) => (unfit ? '\\ufffd' : all)) : text
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Null for what is not UTF-8. */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

export type Decoded = { ok: true; value: unknown } | { ok: false; problem: string }

/** Bytes to a JSON value, or what is wrong: invalid UTF-8, half an object, nesting nobody needs. */
export function decodeJson(bytes: Uint8Array): Decoded {
  const text = decodeText(bytes)
  return text === null ? { ok: false, problem: 'not UTF-8' } : parseJson(text)
}

/** As `decodeJson`, of a text. */
export function parseJson(text: string): Decoded {
  if (!isShallow(text)) return { ok: false, problem: `nested deeper than ${depthMax} levels` }
  try {
    return { ok: true, value: JSON.parse(storable(text)) }
  } catch {
    return { ok: false, problem: 'not JSON, or cut off' }
  }
}

/** Counts brackets outside of texts: looking through the parsed value takes longer than parsing it. */
function isShallow(text: string): boolean {
  let depth = 0
  let inText = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (inText) {
      if (code === backslash) i++
      else if (code === quote) inText = false
    } else if (code === quote) inText = true
    // `[` and `]` differ from `{` and `}` by one bit.
    else if ((code | 0x20) === openBrace && ++depth > depthMax) return false
    else if ((code | 0x20) === closeBrace) depth--
  }
  return true
}

export function unreachable(transport: HttpFailure): ArgoFailure {
  return { ok: false, kind: 'unreachable', message: transport.message, transport }
}

export function notUnderstood(problem: string): ArgoFailure {
  return {
    ok: false,
    kind: 'not-understood',
    message: `not understood: ${problem}`.slice(0, messageLengthMax),
  }
}

/** A reply other than 200, as JSON, as a stream's error frame or as plain text. */
export function failureOf(status: number, body: Uint8Array, masker: Masker): ArgoFailure {
  const raw = Buffer.from(body.subarray(0, 64 << 10))
    .toString('utf8')
    .replace(/^data: /, '')
    .trim()
  const decoded = decodeJson(Buffer.from(raw))
  const value = decoded.ok ? decoded.value : null
  const unary = errorSchema.safeParse(value)
  const stream = streamErrorSchema.safeParse(value)
  const told = stream.success
    ? { message: stream.data.error.message, code: stream.data.error.grpc_code }
    : unary.success
      ? { message: unary.data.message ?? unary.data.error ?? '', code: unary.data.code }
      : { message: raw, code: undefined }
  return {
    ok: false,
    kind: kindOf(status),
    status,
    message: masker.text(told.message || `HTTP ${status}`).slice(0, messageLengthMax),
    ...(told.code === undefined ? {} : { code: told.code }),
  }
}

function kindOf(status: number): ArgoFailure['kind'] {
  if (status === 401) return 'unauthorised'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not-found'
  if (status >= 400 && status < 500) return 'refused'
  return status >= 500 ? 'server-error' : 'not-understood'
}

/** A whole answer of one request, parsed with its schema. */
export function read<S extends z.ZodType>(
  outcome: HttpOutcome,
  schema: S,
  masker: Masker,
): ArgoResult<z.output<S>> {
  if (!outcome.ok) return unreachable(outcome)
  const { status, body } = outcome.response
  if (status !== 200) return failureOf(status, body, masker)
  const decoded = decodeJson(body)
  if (!decoded.ok) return notUnderstood(decoded.problem)
  const parsed = schema.safeParse(decoded.value)
  return parsed.success ? { ok: true, value: parsed.data } : notUnderstood(problemsOf(parsed.error))
}

export function problemsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`)
    .join('; ')
}
