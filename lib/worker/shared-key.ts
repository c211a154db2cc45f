import 'server-only'
import { randomBytes } from 'node:crypto'
import type { Db } from '#lib/platform/db.ts'

/**
 * A key that all workers of one installation share, made by the first that asks. It lives in Postgres where only the
 * worker role reads it: the web process must not be able to test guesses against masked secrets.
 */
export async function sharedKey(db: Db, name: 'mask'): Promise<Uint8Array> {
  await db.$executeRaw`INSERT INTO rel.worker_key (name, key) VALUES (${name}, ${randomBytes(32)}) ON CONFLICT DO NOTHING`
  const row = await db.workerKey.findUniqueOrThrow({ where: { name } })
  return row.key
}
