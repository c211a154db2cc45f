import 'server-only'
import { clock } from '#lib/platform/clock.ts'
import { perProcess } from '#lib/platform/context.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { openSignal, type SignalBackend } from '#lib/signals/client.ts'
import type { SignalScope } from '#lib/signals/client-guard.ts'
import { createSplitter, type LogLine, lineOf, parseRow } from './line.ts'
import type { LogFields } from './logsql.ts'
import type { TailMessage } from './view.ts'

export type TailOf = {
  backend: SignalBackend
  scope: SignalScope
  fields: LogFields
  query: string
  person: string
}

export type TailOptions = {
  open?: typeof openSignal
  nowMs?: () => number
  /** Streams in this process, and windows of one person. */
  upstreamsMax?: number
  personMax?: number
  /** Lines handed on each second of one stream; what is more is counted and left out. */
  linesPerSecond?: number
  batchMs?: number
}

type Hear = (message: TailMessage) => void
type Upstream = { hears: Set<Hear>; stop: AbortController; recent: LogLine[] }

const recentMax = 50
const idleMs = 15 * 60_000

/**
 * Follows logs for whoever watches: all who ask the same share one stream of VictoriaLogs, which begins with the first and
 * ends with the last of them.
 */
export function createTails(options: TailOptions = {}) {
  const { open = openSignal, nowMs = clock.monotonicMs, upstreamsMax = 40, personMax = 4 } = options
  const { linesPerSecond = 100, batchMs = 250 } = options
  const upstreams = new Map<string, Upstream>()
  const watching = new Map<string, number>()

  async function follow(key: string, upstream: Upstream, of: TailOf): Promise<void> {
    const tell = (message: TailMessage) => {
      for (const hear of upstream.hears) hear(message)
    }
    let waiting: LogLine[] = []
    let left = 0
    let second = { atMs: nowMs(), lines: 0 }
    const flush = () => {
      if (waiting.length === 0 && left === 0) return
      upstream.recent = [...upstream.recent, ...waiting].slice(-recentMax)
      tell({ lines: waiting, left })
      waiting = []
      left = 0
    }
    const timer = setInterval(flush, batchMs)
    let ended = 'VictoriaLogs ended the stream.'
    try {
      const { backend, scope, person, query } = of
      const params = [
        ['query', query],
        ['start_offset', '10s'],
      ] as const
      const { signal } = upstream.stop
      const opened = await open({
        backend,
        path: '/select/logsql/tail',
        params,
        scope,
        person,
        signal,
        idleMs,
      })
      if (!opened.ok) {
        ended = opened.detail
        return
      }
      const splitter = createSplitter()
      for await (const part of opened.value) {
        if (nowMs() - second.atMs >= 1000) second = { atMs: nowMs(), lines: 0 }
        for (const text of splitter.push(part)) {
          const row = parseRow(text)
          const line = row && lineOf(row, of.fields)
          second.lines += 1
          if (line && second.lines <= linesPerSecond) waiting.push(line)
          else left += 1
        }
      }
    } catch {
      ended = 'The stream of VictoriaLogs broke off.'
    } finally {
      clearInterval(timer)
      flush()
      // Another one of the same name may have begun already.
      if (upstreams.get(key) === upstream) upstreams.delete(key)
      tell({ ended })
      upstream.hears.clear()
    }
  }

  return {
    size: () => ({ upstreams: upstreams.size, people: watching.size }),

    /** Begins to hear lines; answers with what ends it. What was said last to others is said again at once. */
    join(of: TailOf, hear: Hear): Result<() => void, 'too-many-of-person' | 'too-many'> {
      if ((watching.get(of.person) ?? 0) >= personMax) return refuse('too-many-of-person')
      const { backend, scope, query } = of
      const key = JSON.stringify([backend.url, backend.tenant ?? null, Object.entries(scope).sort(), query])
      let upstream = upstreams.get(key)
      if (!upstream) {
        if (upstreams.size >= upstreamsMax) return refuse('too-many')
        upstream = { hears: new Set(), stop: new AbortController(), recent: [] }
        upstreams.set(key, upstream)
        void follow(key, upstream, of)
      } else if (upstream.recent.length > 0) hear({ lines: upstream.recent, left: 0 })
      const joined = upstream
      joined.hears.add(hear)
      watching.set(of.person, (watching.get(of.person) ?? 0) + 1)
      let left = false
      return ok(() => {
        if (left) return
        left = true
        joined.hears.delete(hear)
        const others = (watching.get(of.person) ?? 1) - 1
        if (others > 0) watching.set(of.person, others)
        else watching.delete(of.person)
        if (joined.hears.size > 0) return
        if (upstreams.get(key) === joined) upstreams.delete(key)
        joined.stop.abort()
      })
    },
  }
}
export type Tails = ReturnType<typeof createTails>

export const webTails = (): Tails => perProcess('log-tails', createTails)

const lifeMs = 5 * 60_000
const beatMs = 20_000
const unreadMax = 200

/**
 * The stream (server-sent events) of one viewer. It ends after five minutes, and the browser asks again: through the door,
 * so that a right that was taken away ends it too. `signal` must already hear the client leave.
 */
export function tailStream(
  tails: Tails,
  of: TailOf,
  signal: AbortSignal,
): Result<ReadableStream<Uint8Array>, 'too-many-of-person' | 'too-many'> {
  const encoder = new TextEncoder()
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let end = () => {}
  const first: string[] = []
  const send = (text: string) => {
    if (!controller) return void first.push(text)
    // Whoever does not read what we say starts afresh.
    if ((controller.desiredSize ?? 0) < -unreadMax) return end()
    try {
      controller.enqueue(encoder.encode(text))
    } catch {
      end()
    }
  }
  const joined = tails.join(of, (message) => {
    send(`data: ${JSON.stringify(message)}\n\n`)
    if ('ended' in message) end()
  })
  if (!joined.ok) return joined
  const beats = setInterval(() => send('event: beat\ndata: {}\n\n'), beatMs)
  const life = setTimeout(() => end(), lifeMs)
  const onAbort = () => end()
  signal.addEventListener('abort', onAbort)
  end = () => {
    end = () => {}
    clearInterval(beats)
    clearTimeout(life)
    signal.removeEventListener('abort', onAbort)
    joined.value()
    try {
      controller?.close()
    } catch {
      // The client has closed it already.
    }
  }
  const body = new ReadableStream<Uint8Array>({
    start(opened) {
      controller = opened
      send('retry: 3000\n\n')
      for (const text of first.splice(0)) send(text)
    },
    cancel: () => end(),
  })
  if (signal.aborted) end()
  return ok(body)
}
