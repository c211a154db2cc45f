import type { EnvSource } from './env.ts'

/** What a web process tells its supervisor: it answers, and the database took its first entry. */
export const answering = 'answering'

/** And then that it has drawn whatever it was asked for first. */
export const idle = 'idle'

/** What a web process needs to begin: checked already, and only what web may see. */
export type Beginning = { configuration: unknown; environment: EnvSource; host: string; port: number }

/** What the supervisor tells a web process: first where and with what to begin, then that the database is there. */
export type Word = { begin: Beginning } | { database: 'ready' }

type Told = { configuration: Promise<unknown>; database: Promise<void> }
const shared = globalThis as typeof globalThis & { countersignTold?: Told }

/**
 * Makes this process wait for its starter's words and resolves with the first of them. A process that is started alone
 * goes by `nothingTold`.
 */
export function waitForStarter(): Promise<Beginning> {
  const begin = Promise.withResolvers<Beginning>()
  const database = Promise.withResolvers<void>()
  shared.countersignTold = {
    configuration: begin.promise.then(({ configuration }) => configuration),
    database: database.promise,
  }
  // Nothing else keeps this process alive before it begins.
  process.channel?.ref()
  process.on('message', (word: Word) => {
    if ('database' in word) return database.resolve()
    process.channel?.unref()
    begin.resolve(word.begin)
  })
  return begin.promise
}

const nothingTold: Told = { configuration: Promise.resolve(undefined), database: Promise.resolve() }

/** The words of whoever started this process: a configuration (or none), and when the database may be used. */
export const told = (): Told => shared.countersignTold ?? nothingTold
