import { createBuckets } from '#lib/access/rate.ts'
import { createSlots } from '#lib/platform/circuit.ts'
import { clock } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import type { SecretRef } from '#lib/platform/config-values.ts'
import { createHttpTarget, type HttpFailure, type HttpTarget } from '#lib/platform/http.ts'
import { log } from '#lib/platform/log.ts'
import { perProcess } from '#lib/platform/per-process.ts'
import { readSecret } from '#lib/platform/secrets.ts'
import { createShared } from './client-cache.ts'
import {
  addressRefusal,
  guarded,
  guardedLookup,
  type SignalKind,
  type SignalParams,
  type SignalScope,
} from './client-guard.ts'

export type { SignalParams, SignalScope } from './client-guard.ts'

/** Where one kind of signal is read for one environment. */
export type SignalBackend = {
  kind: SignalKind
  url: string
  token?: SecretRef | undefined
  tenant?: { accountId: number; projectId: number } | undefined
}

export type SignalRequest = {
  backend: SignalBackend
  /** One of the list in client-guard.ts; anything else throws ForbiddenRequest. */
  path: string
  params: SignalParams
  /** Made by us from the application, never from what a person sent. */
  scope: SignalScope
  /** Whose limit it counts against (an account id); leave it out in the worker. Answers at hand cost nothing. */
  person?: string | undefined
  /** Stops this caller's waiting only: others may wait for the same answer. */
  signal?: AbortSignal | undefined
}

/** Why there is no answer. `detail` is for people: a sentence, without the query and without the backend's own words. */
export type SignalFailure = {
  ok: false
  why:
    | 'refused'
    | 'rejected'
    | 'busy'
    | 'timed-out'
    | 'unreachable'
    | 'too-large'
    | 'not-understood'
    | 'too-many'
  detail: string
}
export type SignalOutcome<T> = { ok: true; value: T } | SignalFailure

/** The longest that anybody waits, from the call to the last byte. */
export const signalTimeoutMs = 10_000
const bytesMax = 8 << 20
/** So that all who look at a page of a system that is down do not try it each on their own. */
const failureKeptMs = 3000

export const failed = (why: SignalFailure['why'], detail: string): SignalFailure => ({
  ok: false,
  why,
  detail,
})

/** The system of this kind that an environment has, or undefined when none is configured. */
export function signalBackend(
  signals: Config['signals'],
  kind: SignalKind,
  environment: string | null,
): SignalBackend | undefined {
  const system = signals[kind]
  if (!system) return undefined
  const own =
    environment !== null && system.environments && Object.hasOwn(system.environments, environment)
      ? system.environments[environment]
      : undefined
  const { url, token, tenant } = own ?? system
  return { kind, url, token, tenant }
}

export type SignalClientOptions = { nowMs?: () => number; timeoutMs?: number; openMs?: number }

/** Makes a client with its own cache, limits and connections; the web has one for the process, below. */
export function createSignalClient(options: SignalClientOptions = {}) {
  const nowMs = options.nowMs ?? clock.monotonicMs
  const timeoutMs = Math.min(options.timeoutMs ?? signalTimeoutMs, signalTimeoutMs)
  const shared = createShared({ entriesMax: 4000, bytesMax: 64 << 20, nowMs })
  const allowance = createBuckets({ burst: 400, perSecond: 5, nowMs })
  const slotsOf = new Map<string, ReturnType<typeof createSlots>>()
  const targets = new Map<string, HttpTarget>()

  function targetOf({ kind, url }: SignalBackend): HttpTarget {
    const key = `${kind} ${url}`
    const known = targets.get(key)
    if (known) return known
    const openMs = options.openMs ?? 10_000
    const limits = { timeoutMs, bytesMax, openMs, concurrencyMax: 8, failuresMax: 5 }
    const target = createHttpTarget({ url, ...limits, nowMs, lookup: guardedLookup })
    targets.set(key, target)
    return target
  }

  /**
   * At most six at once for one person, so that nobody holds all the connections. For each backend on its own: what waits
   * for slow metrics must not keep the logs waiting.
   */
  function personSlots(person: string, { kind, url }: SignalBackend) {
    if (slotsOf.size > 10_000) slotsOf.clear()
    const key = `${person} ${kind} ${url}`
    const slots = slotsOf.get(key) ?? createSlots(6)
    slotsOf.set(key, slots)
    return slots
  }

  async function send(request: SignalRequest, query: [string, string][]): Promise<SignalOutcome<string>> {
    const { backend, path, person } = request
    const refusal = addressRefusal(backend.url)
    if (refusal)
      return failed('refused', `Nothing is sent to the configured address of ${backend.kind}: ${refusal}.`)
    const waitS = person === undefined ? 0 : allowance.take(person)
    if (waitS > 0) return failed('too-many', `You asked for a lot at once. Wait ${waitS} s.`)
    const startMs = nowMs()
    const release =
      person === undefined
        ? () => {}
        : await personSlots(person, backend).take(AbortSignal.timeout(timeoutMs))
    if (!release) return failed('timed-out', 'Your earlier questions are still under way.')
    try {
      const left = Math.max(1, timeoutMs - (nowMs() - startMs))
      // The Victoria systems take a form as well, but a GET of ours is short and every proxy knows that it only reads.
      const answer = await targetOf(backend).send({
        path,
        query,
        headers: headersOf(backend),
        timeoutMs: left,
      })
      if (!answer.ok) return unanswered(answer)
      const text = new TextDecoder().decode(answer.response.body)
      return judged(backend, path, answer.response.status, text)
    } finally {
      release()
    }
  }

  return {
    size: shared.size,
    send,
    targetOf,

    /**
     * Reads one path within its scope. `parse` turns the text into a value once for all who ask the same in the next
     * `keepMs`; what it throws becomes `not-understood`. Equal requests share one call.
     */
    async read<T>(
      request: SignalRequest,
      answer: { parse: (text: string) => T; keepMs: number; as: string },
    ): Promise<SignalOutcome<T>> {
      const { backend, path, params, scope, signal } = request
      const query = guarded(backend.kind, path, params, scope)
      const key = JSON.stringify([backend.kind, backend.url, backend.tenant ?? null, path, query, answer.as])
      const flight = shared.get<SignalOutcome<T>>(key, async () => {
        const text = await send(request, query)
        if (!text.ok) return { value: text, keepMs: text.why === 'too-many' ? 0 : failureKeptMs, bytes: 200 }
        try {
          const value = { ok: true as const, value: answer.parse(text.value) }
          return { value, keepMs: answer.keepMs, bytes: text.value.length }
        } catch (error) {
          log.warn('an answer about signals was not understood', { kind: backend.kind, path, error })
          const value = failed('not-understood', 'It answered with something that is no answer of its kind.')
          return { value, keepMs: failureKeptMs, bytes: 200 }
        }
      })
      if (!signal) return flight
      const stopped = failed('timed-out', 'Nobody waits for it any more.')
      if (signal.aborted) return stopped
      const { promise, resolve } = Promise.withResolvers<SignalFailure>()
      const stop = () => resolve(stopped)
      signal.addEventListener('abort', stop, { once: true })
      return Promise.race([flight, promise]).finally(() => signal.removeEventListener('abort', stop))
    },

    /**
     * Opens an answer that does not end, such as `/select/logsql/tail`: not shared, nothing kept. The caller must end
     * it with `request.signal`; silence longer than `idleMs` ends it too.
     */
    async open(
      request: SignalRequest & { signal: AbortSignal; idleMs: number },
    ): Promise<SignalOutcome<AsyncIterable<Uint8Array>>> {
      const { backend, path, params, scope, signal, idleMs, person } = request
      const query = guarded(backend.kind, path, params, scope)
      const refusal = addressRefusal(backend.url)
      if (refusal) return failed('refused', `Nothing is sent to the configured address: ${refusal}.`)
      if (person !== undefined && allowance.take(person) > 0)
        return failed('too-many', 'You asked for a lot at once. Wait a little.')
      const opened = await targetOf(backend).open({
        path,
        query,
        headers: headersOf(backend),
        signal,
        idleMs,
        timeoutMs,
      })
      if (!opened.ok) return unanswered(opened)
      const { status, body } = opened.response
      if (status === 200) return { ok: true, value: body }
      const parts: Uint8Array[] = []
      for await (const part of body) {
        parts.push(part)
        if (parts.length > 20) break
      }
      const told = judged(backend, path, status, Buffer.concat(parts).toString())
      return told.ok ? failed('not-understood', 'It did not answer as expected.') : told
    },
  }
}

function headersOf({ token, tenant }: SignalBackend): Record<string, string> {
  return {
    ...(token && { authorization: `Bearer ${readSecret(token)}` }),
    ...(tenant && { AccountID: `${tenant.accountId}`, ProjectID: `${tenant.projectId}` }),
  }
}

function unanswered(failure: HttpFailure): SignalFailure {
  if (failure.kind === 'timeout')
    return failed('timed-out', `There was no answer in ${signalTimeoutMs / 1000} s.`)
  if (failure.kind === 'too-large') return failed('too-large', 'The answer is larger than is read here.')
  if (failure.kind === 'open-circuit')
    return failed('unreachable', 'It failed several times in a row and is left alone for some seconds.')
  return failed('unreachable', `It cannot be reached: ${failure.message}.`)
}

/** An answer by its status. The backend's own words hold the query: they go to the log, not to people. */
function judged(backend: SignalBackend, path: string, status: number, text: string): SignalOutcome<string> {
  if (status === 200) return { ok: true, value: text }
  // vmauth says 400 to a token it does not know, which it repeats, and to a path it does not route.
  const credentials = status === 401 || status === 403 || /auth token|missing route/.test(text)
  const answer = credentials ? '' : text.slice(0, 500)
  log.warn('signals were not answered', { kind: backend.kind, path, status, answer })
  if (status >= 300 && status < 400)
    return failed('refused', 'It answered with a redirect, which is not followed.')
  if (credentials) return failed('refused', `It refuses our credentials (${status}).`)
  if (status === 400 || status === 404 || status === 422)
    return failed('rejected', `It does not accept the query (${status}).`)
  if (status === 429 || status === 503) return failed('busy', `It is too busy to answer (${status}).`)
  return failed('unreachable', `It answered with an error (${status}).`)
}

const client = () => perProcess('signal-client', createSignalClient)

/**
 * Reads signals for the web: `readSignal({ backend, path, params, scope, person, signal }, { parse, keepMs, as })`.
 * `as` names what `parse` makes of the answer, as two readers of one query must not share what they made of it.
 * An outcome is a value: `{ ok: true, value }`, or `{ ok: false, why, detail }` with words for people. Throws
 * ForbiddenRequest when the path or a parameter is not on the list. Other exports: `signalBackend(config.signals, kind,
 * environment)`, `openSignal` for endless answers, `createSignalClient` for tests and the worker, `failed`.
 */
export const readSignal: ReturnType<typeof createSignalClient>['read'] = (request, answer) =>
  client().read(request, answer)

/** An answer that does not end, as bytes; see `open` above. */
export const openSignal: ReturnType<typeof createSignalClient>['open'] = (request) => client().open(request)
