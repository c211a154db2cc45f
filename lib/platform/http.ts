import type { LookupFunction } from 'node:net'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Agent, type Dispatcher } from 'undici'
import { createCircuit, createSlots } from './circuit.ts'
import { clock } from './clock.ts'

/**
 * Why there is no usable answer. `beforeBytesSent` is a fact, not a guess: no byte of the request had been
 * handed to a connection, so the other side cannot have acted on it.
 */
export type HttpFailure = {
  ok: false
  kind: 'refused' | 'timeout' | 'reset' | 'tls' | 'open-circuit' | 'too-large' | 'aborted'
  beforeBytesSent: boolean
  message: string
}
export type HttpHead = { status: number; headers: Record<string, string> }
export type HttpOutcome = { ok: true; response: HttpHead & { body: Uint8Array } } | HttpFailure
/** The body throws HttpStreamError when it breaks off; ending without it means the answer is whole. */
export type HttpStreamOutcome =
  | { ok: true; response: HttpHead & { body: AsyncIterable<Uint8Array> } }
  | HttpFailure

export class HttpStreamError extends Error {
  failure: HttpFailure
  constructor(failure: HttpFailure) {
    super(failure.message)
    this.name = 'HttpStreamError'
    this.failure = failure
  }
}

export type HttpRequest = {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the target's own path; every segment already encoded. */
  path: string
  query?: readonly (readonly [string, string])[]
  headers?: Record<string, string>
  body?: string
  signal?: AbortSignal
  timeoutMs?: number
  bytesMax?: number
  /** Its own connection, never a kept one: a stale connection must not make a write ambiguous. */
  fresh?: boolean
}

export type HttpTargetOptions = {
  url: string
  /** From the call (waiting for a slot included) to the last byte; for streams, to the headers. */
  timeoutMs?: number
  connectTimeoutMs?: number
  concurrencyMax?: number
  bytesMax?: number
  /** PEM text that replaces the system's list of certificate authorities. */
  caBundle?: string | undefined
  /** Instead of the system's: may refuse what a name resolves to. Not asked about addresses in numbers. */
  lookup?: LookupFunction
  failuresMax?: number
  openMs?: number
  nowMs?: () => number
}

export type HttpTarget = ReturnType<typeof createHttpTarget>

const tlsCode = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO)/
const refusedCode = /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES|ENOENT)/
const timedOut = Symbol('timed out')
const tooLarge = Symbol('too large')

function failureFrom(error: unknown, beforeBytesSent: boolean, reason: unknown): HttpFailure {
  const failed = (kind: HttpFailure['kind'], message: string): HttpFailure => ({
    ok: false,
    kind,
    beforeBytesSent,
    message,
  })
  if (reason === timedOut || error === timedOut) return failed('timeout', 'no answer in time')
  if (error === tooLarge) return failed('too-large', 'the answer is larger than allowed')
  if (reason !== undefined) return failed('aborted', 'given up by the caller')
  const code = String((error as { code?: unknown } | null)?.code ?? '')
  if (tlsCode.test(code)) return failed('tls', `the certificate or the encryption was not accepted (${code})`)
  if (refusedCode.test(code)) return failed('refused', `no connection (${code})`)
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return failed('timeout', `no answer in time (${code})`)
  return failed(beforeBytesSent ? 'refused' : 'reset', `the connection broke${code ? ` (${code})` : ''}`)
}

/**
 * One outside system. Every call has a deadline, a place in a bounded queue, a limit of bytes and a circuit
 * breaker; nothing is ever sent twice and redirects are not followed. Outcomes are values.
 */
export function createHttpTarget(options: HttpTargetOptions) {
  const base = new URL(options.url)
  const timeoutMs = options.timeoutMs ?? 10_000
  const nowMs = options.nowMs ?? clock.monotonicMs
  const slots = createSlots(options.concurrencyMax ?? 8)
  const circuit = createCircuit({
    failuresMax: options.failuresMax ?? 5,
    openMs: options.openMs ?? 10_000,
    nowMs,
  })
  const connect = {
    timeout: options.connectTimeoutMs ?? 5000,
    ...(options.caBundle === undefined ? {} : { ca: options.caBundle }),
    ...(options.lookup && { lookup: options.lookup }),
  }
  const agentOptions = { connect, headersTimeout: 0, bodyTimeout: 0 }
  const kept = new Agent({ ...agentOptions, pipelining: 1 })
  const single = new Agent({ ...agentOptions, pipelining: 0 })

  async function begin(request: HttpRequest) {
    const abort = new AbortController()
    const relay = () => abort.abort(request.signal?.reason ?? 'aborted')
    if (request.signal?.aborted) relay()
    request.signal?.addEventListener('abort', relay, { once: true })
    const lateAtMs = nowMs() + (request.timeoutMs ?? timeoutMs)
    const timer = setTimeout(() => abort.abort(timedOut), request.timeoutMs ?? timeoutMs)
    let sent = false
    let release: (() => void) | null = null
    const settle = () => {
      clearTimeout(timer)
      request.signal?.removeEventListener('abort', relay)
      release?.()
      release = null
    }
    const fail = (error: unknown): HttpFailure => {
      settle()
      const failure = failureFrom(error, !sent, abort.signal.reason)
      circuit.report(failure.kind === 'aborted' || failure.kind === 'too-large' ? 'neither' : 'failure')
      return failure
    }
    release = await slots.take(abort.signal)
    if (!release) {
      settle()
      return failureFrom(null, true, abort.signal.reason)
    }
    if (!circuit.enter()) {
      settle()
      return {
        ok: false,
        kind: 'open-circuit',
        beforeBytesSent: true,
        message: 'resting after repeated failures',
      } as const
    }
    const agent = (request.fresh ? single : kept).compose(
      (dispatch) => (dispatchOptions, handler) =>
        dispatch(dispatchOptions, {
          onRequestStart: (controller, context) => {
            // A process that stood still hears of its connection before it hears of its timer: what is late is not sent.
            if (nowMs() >= lateAtMs) abort.abort(timedOut)
            else sent = true
            handler.onRequestStart?.(controller, context)
          },
          onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
          onResponseStart: (...args) => handler.onResponseStart?.(...args),
          onResponseData: (...args) => handler.onResponseData?.(...args),
          onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
          onResponseError: (...args) => handler.onResponseError?.(...args),
        }),
    )
    try {
      const answer = await agent.request({
        origin: base.origin,
        path: pathOf(base, request),
        method: request.method ?? 'GET',
        headers: { 'accept-encoding': 'gzip', ...request.headers },
        body: request.body ?? null,
        signal: abort.signal,
      })
      return { ok: true, answer, abort, timer, settle, fail } as const
    } catch (error) {
      return fail(error)
    }
  }

  const succeeded = (status: number) => circuit.report(status >= 502 && status <= 504 ? 'failure' : 'success')

  return {
    name: base.host,
    circuit: () => circuit.state(),

    /** Sends once and reads the whole answer. Any HTTP status is `ok: true`. */
    async send(request: HttpRequest): Promise<HttpOutcome> {
      const begun = await begin(request)
      if (!begun.ok) return begun
      try {
        const parts: Uint8Array[] = []
        for await (const part of limited(begun.answer, request.bytesMax ?? options.bytesMax ?? 32 << 20))
          parts.push(part)
        begun.settle()
        succeeded(begun.answer.statusCode)
        return { ok: true, response: { ...headOf(begun.answer), body: Buffer.concat(parts) } }
      } catch (error) {
        const failure = begun.fail(error)
        begun.abort.abort()
        return failure
      }
    },

    /**
     * Sends once and hands the body over as it arrives. A gap longer than `idleMs` breaks it off. The slot is
     * given back with the headers, so that a long stream does not starve the short calls.
     */
    async open(request: HttpRequest & { idleMs: number }): Promise<HttpStreamOutcome> {
      const begun = await begin(request)
      if (!begun.ok) return begun
      const { answer, abort } = begun
      begun.settle()
      succeeded(answer.statusCode)
      const relay = () => abort.abort(request.signal?.reason ?? 'aborted')
      request.signal?.addEventListener('abort', relay, { once: true })
      async function* body() {
        const idle = setTimeout(() => abort.abort(timedOut), request.idleMs)
        try {
          for await (const part of limited(answer, request.bytesMax ?? Number.POSITIVE_INFINITY, () =>
            idle.refresh(),
          ))
            yield part
        } catch (error) {
          throw new HttpStreamError(failureFrom(error, false, abort.signal.reason))
        } finally {
          clearTimeout(idle)
          request.signal?.removeEventListener('abort', relay)
          answer.body.on('error', () => {})
          answer.body.destroy()
        }
      }
      return { ok: true, response: { ...headOf(answer), body: body() } }
    },

    async close(): Promise<void> {
      await Promise.all([kept.destroy(), single.destroy()])
    },
  }
}

function pathOf(base: URL, request: HttpRequest): string {
  const query = new URLSearchParams((request.query ?? []).map(([name, value]) => [name, value])).toString()
  return `${base.pathname.replace(/\/$/, '')}${request.path}${query ? `?${query}` : ''}`
}

function headOf(answer: Dispatcher.ResponseData): HttpHead {
  const headers = Object.entries(answer.headers).map(([name, value]) => [
    name.toLowerCase(),
    String(value ?? ''),
  ])
  return { status: answer.statusCode, headers: Object.fromEntries(headers) }
}

/** The body after decompression, counted: a small answer that unpacks into a huge one is cut off too. */
async function* limited(answer: Dispatcher.ResponseData, bytesMax: number, onBytes = () => {}) {
  const zipped = String(answer.headers['content-encoding'] ?? '').toLowerCase() === 'gzip'
  const stream: Readable = zipped ? pipeline(answer.body, createGunzip(), () => {}) : answer.body
  let bytes = 0
  for await (const part of stream) {
    onBytes()
    bytes += (part as Uint8Array).length
    if (bytes > bytesMax) throw tooLarge
    yield part as Uint8Array
  }
}
