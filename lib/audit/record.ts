import 'server-only'
import { clock } from '#lib/platform/clock.ts'
import type { Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { canonicalBytes } from './canonical.ts'
import { type NewEvent, parseEvent } from './event.ts'
import type { EventType } from './payload.ts'

/** Entries are C2SP log entries: their length must fit into 16 bits. */
const entryBytesMax = 65_535

/** Signed and anchored at once; everything else within the minute. Dispatch waits for these. */
const prompt: ReadonlySet<EventType> = new Set([
  'release.decided',
  'release.approved',
  'release.intent',
  'release.rejected',
  'release.withdrawn',
  'release.expired',
  'release.stale',
  'release.revoked',
  'release.succeeded',
  'release.degraded',
  'release.failed',
  'release.review',
])

/**
 * Writes one entry of the log in the caller's transaction and returns its id. The only writer: Postgres seals the
 * entry when that transaction commits, so what the entry tells and the entry itself exist together or not at all.
 * A client outside a transaction does not fit the type. Throws when the event does not fit its schema.
 */
export async function record(tx: Tx & { $connect?: never }, input: NewEvent): Promise<string> {
  const id = newId('event')
  const event = parseEvent({ v: 1, id, at: clock.now(), ...input })
  const entry = canonicalBytes(event)
  if (entry.length > entryBytesMax)
    throw new RangeError(`${event.type}: the entry has ${entry.length} bytes, over ${entryBytesMax}`)
  await tx.$executeRaw`INSERT INTO audit.event (id, entry) VALUES (${id}, ${entry})`
  if (prompt.has(event.type)) await notify(tx, { log: true })
  return id
}
