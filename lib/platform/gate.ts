/** What a web process tells its supervisor: it answers, and the database took its first entry. */
export const answering = 'answering'

/** And then that it has drawn whatever it was asked for first. */
export const idle = 'idle'

/** What the supervisor tells a web process: first its configuration, checked already, then that the database is there. */
export type Word = { configuration: unknown } | { database: 'ready' }

type Told = { configuration: Promise<unknown>; database: Promise<void> }
const shared = globalThis as typeof globalThis & { countersignTold?: Told }

/** Makes this process wait for its starter's words; one that is started alone goes by `nothingTold`. */
export function waitForStarter(): void {
  const configuration = Promise.withResolvers<unknown>()
  const database = Promise.withResolvers<void>()
  shared.countersignTold = { configuration: configuration.promise, database: database.promise }
  process.on('message', (word: Word) => {
    if ('configuration' in word) configuration.resolve(word.configuration)
    else database.resolve()
  })
  // The wait alone keeps nothing alive.
  process.channel?.unref()
}

const nothingTold: Told = { configuration: Promise.resolve(undefined), database: Promise.resolve() }

/** The words of whoever started this process: a configuration (or none), and when the database may be used. */
export const told = (): Told => shared.countersignTold ?? nothingTold
