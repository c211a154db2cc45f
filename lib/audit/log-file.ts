import type { LogFacts, StoredCheckpoint, StoredReceipt } from './rows.ts'
import type { LogRow } from './walk.ts'

const version = 'countersign/log/v1'
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** The first line of an exported log: whose it is and how many entries follow. */
export const headLine = (origin: string, size: number): string =>
  `${JSON.stringify({ log: version, origin, size })}\n`
export const checkpointLine = ({ note }: Pick<StoredCheckpoint, 'note'>): string =>
  `${JSON.stringify({ checkpoint: note })}\n`
export const receiptLine = (receipt: StoredReceipt): string => `${JSON.stringify({ receipt })}\n`

/** An entry as a line of JSON that any tool reads. The very bytes that were sealed stand in it, last and unchanged. */
export function entryLine(row: {
  seq: number
  leaf: Uint8Array
  chain: Uint8Array
  entry: Uint8Array
}): Uint8Array {
  const head = `{"seq":${row.seq},"leaf":"${hex(row.leaf)}","chain":"${hex(row.chain)}","entry":`
  return Buffer.concat([Buffer.from(head), row.entry, Buffer.from('}\n')])
}

const entryHead = /^\{"seq":(0|[1-9]\d{0,15}),"leaf":"([0-9a-f]{64})","chain":"([0-9a-f]{64})","entry":/
const headMax = 200

/** A line that is not what it should be: nothing after it is read. */
export class NotALog extends Error {}

function readEntry(line: Buffer, number: number): LogRow {
  const match = entryHead.exec(line.toString('latin1', 0, headMax))
  if (!match || line[line.length - 1] !== 0x7d) throw new NotALog(`Line ${number} is no entry.`)
  const [head, seq, leaf, chain] = match as unknown as [string, string, string, string]
  return {
    seq: Number(seq),
    eventId: '',
    entry: line.subarray(head.length, -1),
    leaf: Buffer.from(leaf, 'hex'),
    chain: Buffer.from(chain, 'hex'),
    columns: null,
  }
}

/** Whole lines of a stream of bytes, in batches, without their newlines. The last one may lack it. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer[]> {
  let rest = Buffer.alloc(0)
  for await (const piece of bytes) {
    const chunk = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece])
    const lines: Buffer[] = []
    let from = 0
    for (let to = chunk.indexOf(10, from); to >= 0; to = chunk.indexOf(10, from)) {
      lines.push(chunk.subarray(from, to))
      from = to + 1
    }
    rest = chunk.subarray(from)
    yield lines
  }
  if (rest.length > 0) yield [rest]
}

type Line = { log?: unknown; origin?: unknown; size?: unknown; checkpoint?: unknown; receipt?: unknown }

function readLine(line: Buffer, number: number): Line {
  try {
    return JSON.parse(line.toString('utf8')) as Line
  } catch {
    throw new NotALog(`Line ${number} is not JSON.`)
  }
}

/**
 * Reads an exported log as a stream: first what it says about itself, then its rows, a megabyte at a time. Throws
 * NotALog, from the rows too, at a line that is none of its kind.
 */
export async function readLogFile(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ facts: LogFacts; rows: AsyncGenerator<LogRow[]> }> {
  const batches = linesOf(bytes)
  const facts: LogFacts = {
    origin: '',
    count: 0,
    unsealed: { count: 0, ids: [] },
    checkpoints: [],
    receipts: [],
  }
  let number = 0
  let first: Buffer[] = []
  let begun = false
  while (!begun) {
    const { done, value } = await batches.next()
    if (done) break
    for (const [i, line] of value.entries()) {
      if (number > 0 && line.subarray(0, 7).equals(entryStart)) {
        first = value.slice(i)
        begun = true
        break
      }
      number += 1
      const { log, origin, size, checkpoint, receipt } = readLine(line, number)
      if (number === 1) {
        if (log !== version || typeof origin !== 'string' || !Number.isSafeInteger(size))
          throw new NotALog('Line 1 does not begin an exported log.')
        Object.assign(facts, { origin, count: size })
      } else if (typeof checkpoint === 'string') facts.checkpoints.push(opened(checkpoint))
      else if (typeof receipt === 'object' && receipt !== null) facts.receipts.push(receipt as StoredReceipt)
      else throw new NotALog(`Line ${number} is neither a checkpoint, a receipt nor an entry.`)
    }
  }
  if (number === 0) throw new NotALog('It is empty.')
  async function* rows(): AsyncGenerator<LogRow[]> {
    const read = (line: Buffer) => readEntry(line, ++number)
    if (first.length > 0) yield first.map(read)
    for await (const lines of batches) if (lines.length > 0) yield lines.map(read)
  }
  return { facts, rows: rows() }
}
const entryStart = Buffer.from('{"seq":')

/** Size and root as the note says; whether it is genuine is judged later. */
function opened(note: string): StoredCheckpoint {
  const [, size, root] = note.split('\n')
  return { size: Number(size), root: Buffer.from(root ?? '', 'base64'), note }
}
