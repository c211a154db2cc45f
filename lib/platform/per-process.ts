import 'server-only'
import type { Config } from './config.ts'

const shared = globalThis as typeof globalThis & { countersign?: Map<string, unknown> }

/**
 * The one value of this name in the web process, made on first use. Next bundles pages, routes and
 * instrumentation apart, so a module may exist several times; only globalThis is one for all.
 */
export function perProcess<T>(name: string, make: () => T): T {
  shared.countersign ??= new Map()
  const known = shared.countersign
  if (!known.has(name)) known.set(name, make())
  return known.get(name) as T
}

/** Keeps the configuration that the start of the web process read. */
export const keepConfig = (config: Config): Config => perProcess('config', () => config)

/** Whether Next makes each page anew. Read by the start as well: parsing the environment takes all of zod. */
export const isDevelopment = (read = () => false): boolean => perProcess('development', read)

/**
 * The configuration of the web process. Reading and checking it is the start's business alone: what that takes (YAML,
 * every schema) would otherwise be loaded once more with each page.
 */
export function getConfig(): Config {
  return perProcess('config', () => {
    throw new Error('The configuration was asked for before lib/access/start.ts read it.')
  })
}
