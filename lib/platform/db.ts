import 'server-only'
import { PrismaPg } from '@prisma/adapter-pg'
import { Prisma, PrismaClient } from '#prisma/client/client.ts'

export type Db = PrismaClient
/** A transaction in progress. Everything that writes takes one, so a change and its log entry commit together. */
export type Tx = Prisma.TransactionClient

/** Guards of a session: a forgotten transaction must not hold the log's lock (audit-security 1.3). */
const sessionGuards = '-c lock_timeout=5s -c idle_in_transaction_session_timeout=10s -c statement_timeout=15s'

/** A Prisma client with its own pool (`connectionsMax`, default 10) for one role. Disconnect it when done. */
export function createDb(url: string, connectionsMax = 10): Db {
  return new PrismaClient({
    adapter: new PrismaPg({
      connectionString: url,
      max: connectionsMax,
      options: sessionGuards,
      application_name: 'countersign',
    }),
  })
}

/** Postgres ended this transaction so that another one, which waited for it in a circle, may go on. */
const deadlocked = (error: unknown) =>
  error instanceof Prisma.PrismaClientKnownRequestError &&
  (error.code === 'P2034' || (error.code === 'P2010' && error.message.includes('40P01')))

/** A constraint or a guard of Postgres said no: what was true when we looked is no longer. */
export const refusedByPostgres = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError &&
  error.code === 'P2010' &&
  error.message.includes('23514')

const triesMax = 3

/**
 * Runs `work` in one READ COMMITTED transaction. Safety rests on row locks, unique indexes and foreign keys, not on
 * the isolation level. Deferred constraints raise at commit, so an error may surface here rather than in a statement.
 * `work` runs again, at most three times in all, when Postgres ended it because of a deadlock: it must do nothing that
 * its transaction does not undo.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.$transaction(work, { maxWait: 5_000, timeout: 10_000 })
    } catch (error) {
      if (tries === triesMax || !deadlocked(error)) throw error
    }
  }
}
