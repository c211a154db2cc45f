import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { fetchJson } from '#components/shell/fetch-json.ts'
import type { LogLine } from '#lib/logs/line.ts'
import type { Level } from '#lib/logs/logsql.ts'
import type { LinesView, PatternsView, TailMessage, VolumeView } from '#lib/logs/view.ts'
import { paths } from '#lib/platform/paths.ts'
import type { Asked } from './use-panel.ts'

/** Which lines a person wants to see. */
export type LogFilter = {
  q: string
  mode: 'words' | 'query'
  levels: readonly Level[]
  version: string | undefined
}

const refreshMs = 30_000
const everyMinuteMs = 60_000
const followedMax = 300

const parameters = ({ q, mode, levels, version }: LogFilter) => ({
  q,
  ...(mode === 'query' && { mode }),
  levels: levels.join(','),
  version,
})

export function useVolume({ application, range, around }: Asked) {
  return useQuery({
    queryKey: ['log-volume', application, range, around ?? null],
    queryFn: ({ signal }) =>
      fetchJson<VolumeView>(paths.api.logs(application, { part: 'volume', range, around }), signal),
    refetchInterval: everyMinuteMs,
    staleTime: refreshMs,
  })
}

/** Lines that match; the ones before stay while new ones are on their way. */
export function useLines({ application, range, around }: Asked, filter: LogFilter, follow: boolean) {
  return useQuery({
    queryKey: ['log-lines', application, range, around ?? null, filter],
    queryFn: ({ signal }) =>
      fetchJson<LinesView>(paths.api.logs(application, { range, around, ...parameters(filter) }), signal),
    placeholderData: keepPreviousData,
    enabled: !follow,
    staleTime: refreshMs,
  })
}

export function usePatterns(application: string, deployed: string | undefined) {
  return useQuery({
    queryKey: ['log-patterns', application, deployed ?? null],
    queryFn: ({ signal }) =>
      fetchJson<PatternsView>(paths.api.logs(application, { part: 'patterns', deployed }), signal),
    refetchInterval: everyMinuteMs,
    staleTime: refreshMs,
  })
}

export type Followed = {
  lines: LogLine[]
  /** Left out because there were more than a page can show. */
  left: number
  state: 'connecting' | 'live' | 'again'
  /** Why the stream ended last. */
  ended: string | undefined
}
const begun: Followed = { lines: [], left: 0, state: 'connecting', ended: undefined }

/** Lines as they are written, newest first, while `on`; the stream is one for all who follow the same. */
export function useFollow(application: string, filter: LogFilter, on: boolean): Followed {
  const [followed, setFollowed] = useState<Followed>(begun)
  const path = paths.api.tail(application, parameters(filter))
  useEffect(() => {
    setFollowed(begun)
    if (!on) return
    const source = new EventSource(path)
    source.onopen = () => setFollowed((before) => ({ ...before, state: 'live' }))
    source.onerror = () => {
      // The browser asks again by itself, unless the door said no.
      const closed = source.readyState === EventSource.CLOSED
      setFollowed((before) => ({
        ...before,
        state: 'again',
        ...(closed && { ended: 'These logs cannot be followed at this moment.' }),
      }))
    }
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as TailMessage
      if ('ended' in message)
        return setFollowed((before) => ({ ...before, ended: message.ended, state: 'again' }))
      setFollowed((before) => {
        const known = new Set(before.lines.map(({ key }) => key))
        const fresh = message.lines.filter(({ key }) => !known.has(key))
        const lines = [...fresh, ...before.lines].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
        return {
          lines: lines.slice(0, followedMax),
          left: before.left + message.left,
          state: 'live',
          ended: undefined,
        }
      })
    }
    return () => source.close()
  }, [path, on])
  return followed
}
