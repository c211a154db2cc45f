import { type ReadEvent, readEvent } from '#lib/audit/event.ts'
import { words } from '#lib/audit/words.ts'
import { type Instant, instant, plus } from '#lib/platform/clock.ts'

/** A sealed entry with the oldest signed checkpoint that holds it. */
export type StreamRow = {
  seq: number
  leaf: Uint8Array
  entry: Uint8Array
  writtenAt: Instant
  checkpoint: { size: number; root: Uint8Array } | null
}

/** What one sink is handed at once: whole lines, for the numbers `from` up to `to` (exclusive). */
export type Batch = { origin: string; from: number; to: number; lines: StreamLine[] }

/** Flat, as collectors of logs want it. `entry` holds the sealed bytes as text: its leaf can be worked out anew. */
export type StreamLine = {
  _time: string
  _msg: string
  app: 'countersign'
  kind: 'entry'
  /** The same in every repetition: who gets a line twice can tell by it. */
  id: string
  origin: string
  seq: number
  leaf: string
  checkpoint?: number
  root?: string
  type: string
  at: string
  actor: string
  entry: string
} & Partial<Record<'release' | 'application' | 'service' | 'environment', string>>

/** So long an entry waits for the checkpoint that its line names; a signer that is down must not hide what happens. */
const patienceMs = 120_000
const bytesMax = 4 << 20
/** A line about to fall out of a sink's retention may be dropped without a word. */
const marginMs = 3_600_000

/** The rows that may go now: from the first on, without a gap, as long as they are signed or have waited enough. */
export function ready(rows: readonly StreamRow[], now: Instant): StreamRow[] {
  const waits = rows.findIndex(
    ({ checkpoint, writtenAt }) => !checkpoint && plus(writtenAt, patienceMs) > now,
  )
  const may = waits < 0 ? rows : rows.slice(0, waits)
  let bytes = 0
  const full = may.findIndex(({ entry }, i) => {
    bytes += entry.length + 1_024
    return bytes > bytesMax && i > 0
  })
  return [...(full < 0 ? may : may.slice(0, full))]
}

/** Bytes that somebody spoiled behind our back must get through too: others shall find that. */
function readable(entry: Uint8Array): ReadEvent {
  try {
    return readEvent(entry)
  } catch {
    return { known: false, type: 'unreadable', at: '', value: undefined }
  }
}

/** One entry as a line. `retentionMs`: a sink that drops what is older gets `now` as its time instead. */
export function lineOf(row: StreamRow, origin: string, now: Instant, retentionMs?: number): StreamLine {
  const { seq, leaf, entry, checkpoint } = row
  const read = readable(entry)
  const said = words(read)
  const at = read.known ? instant(read.event.at) : row.writtenAt
  const actor = read.known ? read.event.actor : undefined
  const subject = read.known ? read.event.subject : {}
  const old = retentionMs !== undefined && at < plus(now, marginMs - retentionMs)
  return {
    _time: old ? now : at,
    _msg: `${said.who} ${said.what}${said.on ? ` (${said.on})` : ''}`,
    app: 'countersign',
    kind: 'entry',
    id: `${origin}/${seq}`,
    origin,
    seq,
    leaf: Buffer.from(leaf).toString('hex'),
    ...(checkpoint && { checkpoint: checkpoint.size, root: Buffer.from(checkpoint.root).toString('base64') }),
    type: read.known ? read.event.type : read.type,
    at,
    actor: !actor ? 'unknown' : actor.kind === 'person' ? actor.person : `${actor.kind}:${actor.name}`,
    ...Object.fromEntries(
      (['release', 'application', 'service', 'environment'] as const).flatMap((key) =>
        subject[key] === undefined ? [] : [[key, subject[key]]],
      ),
    ),
    entry: Buffer.from(entry).toString('utf8'),
  }
}

/** How a stream stands: it holds the first `next` of `size` entries. */
export type StreamStanding = {
  sink: string
  next: number
  size: number
  /** When the oldest entry that is not there yet was written. */
  behindSince: Instant | null
  acknowledgedAt: Instant | null
  failingSince: Instant | null
  message: string | null
}

const lateMs = patienceMs + 60_000

/** Whether somebody should look: it fails, or an entry waits longer than the signer and a round need. */
export const isBehind = ({ failingSince, behindSince }: StreamStanding, now: Instant): boolean =>
  failingSince !== null || (behindSince !== null && plus(behindSince, lateMs) < now)

const waitMs = { first: 1_000, last: 60_000 }
/** The pause after so many failures in a row; never shorter than what the sink asked for, nor longer than ten minutes. */
export const pauseAfter = (failures: number, askedMs = 0): number =>
  Math.min(Math.max(Math.min(waitMs.first * 2 ** (failures - 1), waitMs.last), askedMs), 600_000)
