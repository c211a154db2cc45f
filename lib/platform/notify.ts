import 'server-only'
import pg from 'pg'
import type { Tx } from './db.ts'
import { log } from './log.ts'

/** What changed, by name only: whoever hears it reads the change through a door that asks who they are. */
export type Names = {
  release?: string
  application?: string
  instance?: string
  /** Several applications at once: read what is on screen again. */
  catalog?: true
  log?: true
  /** A finding was opened or closed; said with its application, so that only its readers hear it. */
  finding?: true
  /** Freezes or windows have changed: for the worker. */
  freeze?: true
  /** Other policies are in force, or a change of them moved. */
  policy?: true
  /** Somebody wants two applications compared: for the worker. */
  comparison?: true
}

const channel = 'countersign'

/** Announces `names` when the transaction commits. One call per batch: NOTIFY takes a lock at commit. */
export async function notify(tx: Pick<Tx, '$executeRaw'>, names: Names): Promise<void> {
  await tx.$executeRaw`SELECT pg_notify(${channel}, ${JSON.stringify(names)})`
}

export type Listener = { close: () => Promise<void> }

/** Names are short; anything else on the channel is not ours. */
function parseNames(payload: string | undefined): Names | undefined {
  try {
    const value: unknown = JSON.parse(payload ?? '')
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Hears every name on a connection of its own and reconnects for ever (250 ms doubling to 5 s).
 * `onGap` is called after each reconnect: what was said meanwhile is lost, so the hearer must look again.
 */
export async function listen(
  url: string,
  hear: (names: Names) => void,
  onGap: () => void,
): Promise<Listener> {
  let closed = false
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let delayMs = 250

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'countersign listen',
      keepAlive: true,
    })
    next.on('notification', ({ payload }) => {
      const names = parseNames(payload)
      if (names) hear(names)
    })
    next.on('error', (error) => {
      if (client === next) client = undefined
      retry(error)
    })
    next.on('end', () => {
      if (client === next) {
        client = undefined
        retry(new Error('the connection ended'))
      }
    })
    await next.connect()
    await next.query(`LISTEN ${channel}`)
    client = next
    delayMs = 250
    if (closed) await next.end()
  }

  function retry(error: unknown): void {
    if (closed || timer) return
    log.warn('listening to Postgres broke off', { error, delayMs })
    timer = setTimeout(() => {
      timer = undefined
      connect().then(onGap, retry)
    }, delayMs)
    delayMs = Math.min(delayMs * 2, 5_000)
  }

  await connect()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      const open = client
      client = undefined
      await open?.end()
    },
  }
}
