import 'server-only'
import { createHash } from 'node:crypto'
import type { Db } from '#lib/platform/db.ts'
import { Prisma } from '#prisma/client/client.ts'
import { turnAway } from './problem.ts'

export type Stored = { status: number; answer: unknown }
type Key = { accountId: string; key: string }

/** What makes two requests with one key the same: method, path and every byte of the body. */
export function fingerprint(method: string, path: string, body: Uint8Array): string {
  return createHash('sha256').update(`${method} ${path}\n`).update(body).digest('hex')
}

const byKey = ({ accountId, key }: Key) => ({ accountId_key: { accountId, key } })

/** The answer that this key got before; `other-request` when it was sent with something else. */
export async function storedAnswer(
  db: Db,
  key: Key,
  request: string,
): Promise<Stored | 'other-request' | undefined> {
  const row = await db.idempotency.findUnique({ where: byKey(key) })
  if (!row) return undefined
  return row.request === request ? { status: row.status, answer: row.answer } : 'other-request'
}

/**
 * Keeps an answer. When the same key was answered meanwhile in another process, that answer is the one: it is
 * given back. What the request did is safe from doubling by itself (constraints in prisma/migrations); this makes
 * the repetition learn what the first one learnt.
 */
export async function keepAnswer(
  db: Db,
  key: Key,
  request: string,
  made: Stored,
): Promise<Stored | 'other-request'> {
  try {
    const answer = made.answer === null ? Prisma.JsonNull : (made.answer as Prisma.InputJsonValue)
    await db.idempotency.create({ data: { ...key, request, status: made.status, answer } })
    return made
  } catch (error) {
    if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') throw error
    return (await storedAnswer(db, key, request)) ?? made
  }
}

const keyFormat = /^[\x21-\x7e]{8,200}$/

/**
 * Runs `work` at most once for each account and `Idempotency-Key`; without a key (it is optional) each time. The
 * same key with another request is turned away. What was thrown is not kept: it may be tried again.
 */
export function createOnce() {
  /** By account and key: the same request sent twice at once waits for the first. */
  const underWay = new Map<string, Promise<void>>()

  return async (
    db: Db,
    accountId: string,
    request: Request,
    body: Uint8Array,
    work: () => Promise<Stored>,
  ) => {
    const key = request.headers.get('idempotency-key')
    if (key === null || request.method !== 'POST') return work()
    if (!keyFormat.test(key))
      throw turnAway(400, 'idempotency-key-malformed', 'Idempotency-Key takes 8 to 200 visible characters.')
    const id = { accountId, key }
    const print = fingerprint(request.method, new URL(request.url).pathname, body)
    const place = `${accountId} ${key}`
    while (underWay.has(place)) await underWay.get(place)
    const { promise, resolve } = Promise.withResolvers<void>()
    underWay.set(place, promise)
    try {
      let kept = await storedAnswer(db, id, print)
      kept ??= await keepAnswer(db, id, print, await work())
      if (kept === 'other-request')
        throw turnAway(
          409,
          'idempotency-key-reused',
          'This Idempotency-Key was sent before with another request.',
        )
      return kept
    } finally {
      underWay.delete(place)
      resolve()
    }
  }
}
