'use client'

import { type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
  useTransition,
} from 'react'
import { waitMs } from '#lib/platform/pace.ts'
import { paths } from '#lib/platform/paths.ts'
import { whenReady } from './ready.ts'
import {
  type Batch,
  backoffMs,
  type Interest,
  type Name,
  pace,
  readBatch,
  type StreamState,
  touches,
} from './stream.ts'

type Listener = (batch: Batch) => void
type Live = { state: StreamState; subscribe: (listener: Listener) => () => void }

const LiveContext = createContext<Live>({ state: { kind: 'connecting' }, subscribe: () => () => {} })

/** A stream that has beaten once and then is silent for this long is dead, whatever the socket says. */
const silenceMs = 45_000
/** A tab nobody looks at gives its connection back after this; it catches up when someone returns. */
const sleepMs = 5 * 60_000

/** Holds the one event stream of this tab and hands on names: at once after a quiet time, a burst a few times a second. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<StreamState>({ kind: 'connecting' })
  const listeners = useRef(new Set<Listener>())
  const queries = useQueryClient()

  const tell = useEffectEvent((batch: Batch) => {
    if (batch.everything) queries.invalidateQueries({ refetchType: 'active' })
    for (const listener of listeners.current) listener(batch)
  })

  useEffect(() => {
    let source: EventSource | undefined
    let attempt = 0
    let gap = false
    let names: Name[] = []
    let toldMs = Number.NEGATIVE_INFINITY
    const timers: Record<'flush' | 'retry' | 'silence' | 'sleep', ReturnType<typeof setTimeout> | undefined> =
      {
        flush: undefined,
        retry: undefined,
        silence: undefined,
        sleep: undefined,
      }
    const later = (name: keyof typeof timers, delayMs: number, act: () => void) => {
      clearTimeout(timers[name])
      timers[name] = setTimeout(act, delayMs)
    }
    const flush = () => {
      timers.flush = undefined
      // What nobody sees is not read; whoever comes back gets everything anew.
      if (document.hidden) {
        names = []
        gap = true
        return
      }
      const batch = { names, everything: gap }
      names = []
      gap = false
      toldMs = performance.now()
      tell(batch)
    }
    const gather = () => {
      if (timers.flush === undefined) later('flush', waitMs(performance.now(), toldMs, pace), flush)
    }
    const disconnect = () => {
      source?.close()
      source = undefined
      clearTimeout(timers.silence)
    }
    const broken = () => {
      disconnect()
      gap = true
      setState((was) => (was.kind === 'broken' ? was : { kind: 'broken', sinceMs: Date.now() }))
      later('retry', backoffMs(attempt++, Math.random()), connect)
    }
    function connect() {
      clearTimeout(timers.retry)
      disconnect()
      source = new EventSource(paths.api.events)
      source.onopen = () => {
        attempt = 0
        setState({ kind: 'live' })
        if (gap) gather()
      }
      source.onerror = broken
      source.onmessage = (event) => {
        const arrived = readBatch(event.data)
        if (arrived.names.length === 0 && !arrived.everything) return
        names.push(...arrived.names)
        gap ||= arrived.everything
        gather()
      }
      source.addEventListener('beat', () => later('silence', silenceMs, broken))
    }
    const wake = () => {
      if (document.hidden) {
        later('sleep', sleepMs, () => {
          disconnect()
          gap = true
        })
        return
      }
      clearTimeout(timers.sleep)
      // A laptop that slept has an open socket to nowhere: ask for everything, whatever the stream thinks.
      gap = true
      gather()
      if (source?.readyState !== EventSource.OPEN) connect()
    }
    connect()
    document.addEventListener('visibilitychange', wake)
    window.addEventListener('online', wake)
    return () => {
      document.removeEventListener('visibilitychange', wake)
      window.removeEventListener('online', wake)
      disconnect()
      for (const timer of Object.values(timers)) clearTimeout(timer)
    }
  }, [])

  const value = useMemo(
    () => ({
      state,
      subscribe: (listener: Listener) => {
        listeners.current.add(listener)
        return () => void listeners.current.delete(listener)
      },
    }),
    [state],
  )
  return <LiveContext value={value}>{children}</LiveContext>
}

export const useStreamState = (): StreamState => useContext(LiveContext).state

/** Calls back with each batch. For react-query, `useLive` is shorter; for server pages, `<RefreshOn>`. */
export function useBatches(listener: Listener) {
  const { subscribe } = useContext(LiveContext)
  const latest = useEffectEvent(listener)
  useEffect(() => subscribe((batch) => latest(batch)), [subscribe])
}

/**
 * Invalidates the query keys that the mapping gives for what changed. After a gap every active query is
 * invalidated anyway, so the mapping only ever sees names.
 */
export function useLive(keysOf: (name: Name) => readonly QueryKey[]) {
  const queries = useQueryClient()
  useBatches((batch) => {
    const keys = new Map(batch.names.flatMap(keysOf).map((key) => [JSON.stringify(key), key]))
    for (const queryKey of keys.values()) queries.invalidateQueries({ queryKey })
  })
}

/**
 * Renders the page again on the server when one of these changes: `<RefreshOn names={[{ release: id }]} />`. One refresh
 * at a time, and one more when something came meanwhile: overlapping ones would put off the picture for as long as
 * names keep coming, and a release passes through its states in seconds. While the server cannot make pages the last
 * good one stays, and the live marker says of when it is.
 */
export function RefreshOn({ names }: { names: readonly Interest[] }) {
  const router = useRouter()
  const [pending, startTransition] = useTransition()
  const [wanted, setWanted] = useState(false)
  useBatches((batch) => {
    if (touches(batch, names)) setWanted(true)
  })
  useEffect(() => {
    if (!wanted || pending) return
    let left = false
    whenReady().then(() => {
      if (left) return
      setWanted(false)
      startTransition(() => router.refresh())
    })
    return () => {
      left = true
    }
  }, [wanted, pending, router])
  return null
}
