import { createParser } from 'eventsource-parser'
import type { Masker } from '#lib/manifests/mask.ts'
import { HttpStreamError } from '#lib/platform/http.ts'
import {
  type ArgoFailure,
  type Decoded,
  decodeJson,
  decodeText,
  failureOf,
  notUnderstood,
  parseJson,
  problemsOf,
  unreachable,
} from './answer.ts'
import {
  type ApplicationKey,
  keyOf,
  type ObservedApplication,
  observe,
  observeHealth,
} from './application.ts'
import { apartOf, lean, type Outline, outlineOf } from './outline.ts'
import { streamErrorSchema, watchEventSchema } from './schema.ts'
import { createSplitter, type Piece } from './split.ts'

/**
 * A list as it arrives. Only `end` says that it was whole: until then nothing may be concluded from an
 * application that is missing. `failed` is the last piece, too.
 */
export type ListPiece =
  | { kind: 'application'; application: ObservedApplication; outline?: Outline | undefined }
  | HealthPiece
  | { kind: 'same'; key: ApplicationKey }
  | { kind: 'problem'; key: ApplicationKey | null; problem: string }
  | { kind: 'end'; total: number; resourceVersion: string | null }
  | { kind: 'failed'; failure: ArgoFailure }

/** `alive` is the server's keep-alive: a sign of life for "as of", nothing more. `failed` is the last piece. */
export type WatchPiece =
  | { kind: 'application'; type: string; application: ObservedApplication; outline?: Outline | undefined }
  | (HealthPiece & { type: string })
  | { kind: 'same'; type: string; key: ApplicationKey }
  | { kind: 'problem'; type: string; key: ApplicationKey | null; problem: string }
  | { kind: 'alive' }
  | { kind: 'failed'; failure: ArgoFailure }

/** Only the health of this application is another one. `whole` reads all of it after all. */
export type HealthPiece = {
  kind: 'health'
  key: ApplicationKey
  outline: Outline
  health: ObservedApplication['health']
  whole: () => ObservedApplication | null
}

/**
 * What of this outline the caller knows already. All of it: then it is not parsed, and `same` is said of it. All but the
 * health: then only that is parsed.
 */
export type Knows = (outline: Outline) => 'all' | 'all-but-health' | 'no'

const limits = { itemBytesMax: 4 << 20, depthMax: 100 }

/** Applications from the bytes of a list answer, one at a time. */
export async function* readList(
  body: AsyncIterable<Uint8Array>,
  masker: Masker,
  knows?: Knows,
): AsyncGenerator<ListPiece> {
  const splitter = createSplitter(limits)
  let total = 0
  let lists = 0
  let resourceVersion: string | null = null
  try {
    for await (const chunk of body) {
      for (const piece of splitter.feed(chunk)) {
        const around = piece.kind === 'frame' ? frameOf(piece, masker) : null
        if (around?.kind === 'failed') {
          yield around
          return
        }
        if (around?.kind === 'list') {
          lists += 1
          resourceVersion = around.resourceVersion ?? resourceVersion
          continue
        }
        total += 1
        yield listPiece(piece, masker, knows)
      }
    }
  } catch (error) {
    if (!(error instanceof HttpStreamError)) throw error
    yield { kind: 'failed', failure: unreachable(error.failure) }
    return
  }
  if (!splitter.atRest()) yield { kind: 'failed', failure: notUnderstood('the list ended in the middle') }
  else if (lists === 0 && total === 0)
    yield { kind: 'failed', failure: notUnderstood('the answer is no list') }
  else yield { kind: 'end', total, resourceVersion }
}

type Frame =
  | { kind: 'list'; resourceVersion: string | null }
  | { kind: 'failed'; failure: ArgoFailure }
  | null

/** A list's frame, an error in its place, or null for an application that stands on a line of its own. */
function frameOf(piece: Piece & { kind: 'frame' }, masker: Masker): Frame {
  const decoded = decodeJson(piece.bytes)
  if (!decoded.ok) return { kind: 'failed', failure: notUnderstood(decoded.problem) }
  const value = decoded.value as {
    error?: unknown
    items?: unknown
    metadata?: { resourceVersion?: unknown } | null
  }
  if (value.error !== undefined) return { kind: 'failed', failure: failureOf(500, piece.bytes, masker) }
  const isList = piece.hadItems || ('items' in value && value.items === null)
  if (!isList)
    return keyOf(value) ? null : { kind: 'failed', failure: notUnderstood('the answer is no list') }
  const version = value.metadata?.resourceVersion
  return { kind: 'list', resourceVersion: typeof version === 'string' ? version : null }
}

function listPiece(piece: Piece, masker: Masker, knows: Knows | undefined): ListPiece {
  if (piece.kind === 'unfit')
    return { kind: 'problem', key: keyIn(piece.head), problem: `not understood: ${piece.problem}` }
  const whole = decodeText(piece.bytes)
  const text = whole === null ? null : lean(whole)
  const outline = text === null ? null : outlineOf(text)
  const known = (outline && knows?.(outline)) ?? 'no'
  if (outline && known === 'all') return { kind: 'same', key: outline.key }
  if (outline && text !== null && known === 'all-but-health') {
    const piece = healthPiece(outline, () => parseJson(text), masker)
    if (piece) return piece
  }
  const decoded = text === null ? { ok: false as const, problem: 'not UTF-8' } : parseJson(text)
  if (!decoded.ok)
    return { kind: 'problem', key: keyIn(piece.bytes), problem: `not understood: ${decoded.problem}` }
  const observation = observe(decoded.value, masker)
  return observation.ok
    ? { kind: 'application', application: observation.application, outline: outline ?? undefined }
    : { kind: 'problem', key: observation.key, problem: observation.problem }
}

/** Null when the health itself is not understood; then all of it is read, and says so. */
function healthPiece(outline: Outline, decode: () => Decoded, masker: Masker): HealthPiece | null {
  const decoded = parseJson(apartOf(outline)?.health ?? '')
  const health = decoded.ok ? observeHealth(decoded.value, masker) : null
  if (!health) return null
  const whole = () => {
    const all = decode()
    const observation = all.ok ? observe(all.value, masker) : null
    return observation?.ok ? observation.application : null
  }
  return { kind: 'health', key: outline.key, outline, health, whole }
}

/** The application inside an event of the watch. */
function applicationIn(event: Decoded): Decoded {
  const parsed = event.ok ? watchEventSchema.safeParse(event.value) : null
  return parsed?.success
    ? { ok: true, value: parsed.data.result.application }
    : { ok: false, problem: 'no event' }
}

/**
 * The key of an object that is no JSON, too large or too deep, by the plain texts its metadata begins with, so that it
 * keeps its row and says there what is wrong. Null when these are not to be seen.
 */
function keyIn(bytes: Uint8Array | undefined): ApplicationKey | null {
  const head = Buffer.from(bytes?.subarray(0, 4_096) ?? []).toString('latin1')
  const metadata = /"metadata"\s*:\s*\{([^{}]*)/.exec(head)?.[1] ?? ''
  const text = (name: string) =>
    new RegExp(`"${name}"\\s*:\\s*"([a-z0-9][a-z0-9.-]{0,252})"`).exec(metadata)?.[1]
  const name = text('name')
  return name ? { name, namespace: text('namespace') ?? '' } : null
}

/** Events from the bytes of a watch in SSE framing. Ends with `failed`, whatever the reason was. */
export async function* readWatch(
  body: AsyncIterable<Uint8Array>,
  masker: Masker,
  knows?: Knows,
): AsyncGenerator<WatchPiece> {
  const pieces: WatchPiece[] = []
  const parser = createParser({
    maxBufferSize: limits.itemBytesMax * 2,
    onEvent: (event) => pieces.push(watchPiece(event.data, masker, knows)),
    onComment: () => pieces.push({ kind: 'alive' }),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') {
        pieces.push({ kind: 'failed', failure: notUnderstood('an event larger than allowed') })
      }
    },
  })
  const decoder = new TextDecoder('utf-8')
  try {
    for await (const chunk of body) {
      parser.feed(decoder.decode(chunk, { stream: true }))
      for (const piece of pieces.splice(0)) {
        yield piece
        if (piece.kind === 'failed') return
      }
    }
  } catch (error) {
    if (!(error instanceof HttpStreamError)) throw error
    yield { kind: 'failed', failure: unreachable(error.failure) }
    return
  }
  const ended = {
    ok: false,
    kind: 'reset',
    beforeBytesSent: false,
    message: 'the watch was ended by the server',
  } as const
  yield { kind: 'failed', failure: unreachable(ended) }
}

/** A snapshot after each connect, then changes; a deletion is always read. */
const told = /^\{"result":\{"type":"(ADDED|MODIFIED)","application":/

function watchPiece(data: string, masker: Masker, knows: Knows | undefined): WatchPiece {
  const text = lean(data)
  const begin = told.exec(text)
  const outline = begin ? outlineOf(text.slice(begin[0].length)) : null
  const known = (outline && knows?.(outline)) ?? 'no'
  const type = begin?.[1] ?? ''
  if (outline && known === 'all') return { kind: 'same', type, key: outline.key }
  if (outline && known === 'all-but-health') {
    const piece = healthPiece(outline, () => applicationIn(parseJson(text)), masker)
    if (piece) return { ...piece, type }
  }
  const decoded = parseJson(text)
  if (!decoded.ok)
    return { kind: 'problem', type: 'unknown', key: null, problem: `not understood: ${decoded.problem}` }
  const event = watchEventSchema.safeParse(decoded.value)
  if (!event.success) {
    const error = streamErrorSchema.safeParse(decoded.value)
    if (error.success)
      return {
        kind: 'failed',
        failure: failureOf(error.data.error.http_code ?? 500, Buffer.from(data), masker),
      }
    return {
      kind: 'problem',
      type: 'unknown',
      key: null,
      problem: `not understood: ${problemsOf(event.error)}`,
    }
  }
  const { type: said, application } = event.data.result
  const observation = observe(application, masker)
  return observation.ok
    ? { kind: 'application', type: said, application: observation.application, outline: outline ?? undefined }
    : { kind: 'problem', type: said, key: observation.key, problem: observation.problem }
}
