import type { Config } from '#lib/platform/config.ts'
import type { Batch } from '#lib/streams/stream.ts'
import { httpSink } from './lines.ts'
import { victoriaLogsSink } from './victorialogs.ts'

type Configured = NonNullable<Config['audit']['stream']>

/** A place that collects the log. */
export type Sink = {
  name: string
  /** It drops lines that are older, without a word. */
  retentionMs?: number
  /** Resolves once the place holds every line of it. Throws an Error in words otherwise: all of it is handed over again. */
  deliver: (batch: Batch) => Promise<void>
}

/** What the cursor goes by: another address is another stream, from the first entry on. */
export function sinkName({ kind, url }: Pick<Configured, 'kind' | 'url'>): string {
  const { host, pathname } = new URL(url)
  return `${kind}:${host}${pathname === '/' ? '' : pathname}`.slice(0, 300)
}

/** The sink as configured. */
export function openSink(configured: Configured): Sink {
  const name = sinkName(configured)
  return configured.kind === 'http' ? httpSink(configured, name) : victoriaLogsSink(configured, name)
}
