/**
 * Cuts the applications out of a list answer while it arrives, by byte depth: JSON.parse then reads each one
 * at native speed, a broken one cannot spoil its neighbours, and memory holds one application at a time.
 * (A streaming JSON tokenizer builds every value in JavaScript, several times slower, and stops at the first
 * fault.) Bytes above 0x7f never look like JSON syntax, so UTF-8 may be cut anywhere.
 */
export type Piece =
  | { kind: 'item'; bytes: Uint8Array }
  /** What stood around the items: a list without them, an error, or one bare object of a line of its own. */
  | { kind: 'frame'; bytes: Uint8Array; hadItems: boolean }
  /** `head`: how it begins, which may still name it. */
  | { kind: 'unfit'; problem: string; head?: Uint8Array }

export type SplitLimits = { itemBytesMax: number; depthMax: number }

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const itemsName = [...Buffer.from('"items"')]
/** In `{"items":[` the array stands at depth 2 and an item opens depth 3. */
const listDepth = 2

/** Feed it every chunk in order, exhaust what it yields, and ask `atRest` at the end: false means cut off. */
export function createSplitter(limits: SplitLimits) {
  let depth = 0
  let inText = false
  let escaped = false
  let inItems = false
  let hadItems = false
  let bareValue = false
  /** How much of `"items"` has been read as a name of the outermost object. */
  let seen = 0
  const frame = createGathering(limits)
  const item = createGathering(limits)

  function* feed(chunk: Uint8Array): Generator<Piece> {
    let from = 0
    const keep = (to: number) => {
      if (to > from) (inItems && depth > listDepth ? item : frame).add(chunk.subarray(from, to))
      from = to
    }
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number
      const between = inItems && depth === listDepth
      if (inText) {
        if (depth === 1 && seen > 0) seen = byte === itemsName[seen] ? seen + 1 : -1
        if (escaped) escaped = false
        else if (byte === backslash) escaped = true
        else if (byte === quote) inText = false
        else if (depth !== 1) i = lastOfRun(chunk, i)
      } else if (byte === quote) {
        inText = true
        bareValue ||= between
        seen = depth === 1 ? 1 : -1
      } else if (byte === 0x7b || byte === 0x5b) {
        if (between) keep(i)
        depth += 1
        if (depth === listDepth && byte === 0x5b && seen === itemsName.length) {
          keep(i + 1)
          inItems = true
          hadItems = true
        }
        if (depth > limits.depthMax) (inItems && depth > listDepth ? item : frame).tooDeep()
        seen = -1
      } else if (byte === 0x7d || byte === 0x5d) {
        if (between) {
          from = i
          if (bareValue) yield { kind: 'unfit', problem: 'not an object' }
          bareValue = false
          inItems = false
        }
        const endsItem = inItems && depth === listDepth + 1
        if (endsItem || depth === 1) keep(i + 1)
        depth = Math.max(0, depth - 1)
        if (endsItem) yield item.take((bytes) => ({ kind: 'item', bytes }))
        else if (depth === 0) {
          keep(i + 1)
          const had = hadItems
          hadItems = false
          yield frame.take((bytes) => ({ kind: 'frame', bytes, hadItems: had }))
        }
      } else if (between && byte === comma) {
        if (bareValue) yield { kind: 'unfit', problem: 'not an object' }
        bareValue = false
      } else if (isSpace(byte)) {
        if (depth === 0) {
          keep(i)
          from = i + 1
        }
      } else if (between) bareValue = true
      if (inItems && depth === listDepth) from = i + 1
    }
    keep(chunk.length)
  }

  return { feed, atRest: () => depth === 0 && !inText && frame.isEmpty() }
}

/** The last byte before the next quote or backslash, or the last of the chunk. */
function lastOfRun(chunk: Uint8Array, from: number): number {
  let i = from
  while (i + 1 < chunk.length && chunk[i + 1] !== quote && chunk[i + 1] !== backslash) i++
  return i
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** Enough for the metadata that every object begins with. */
const headBytes = 4_096

/** Bytes up to a limit; what is beyond it is counted and dropped, so memory stays bounded. */
function createGathering(limits: SplitLimits) {
  let parts: Uint8Array[] = []
  let bytes = 0
  let problem: string | null = null
  let head: Uint8Array | null = null
  const spoil = (why: string) => {
    problem ??= why
    head ??= Buffer.concat(parts.slice(0, 4)).subarray(0, headBytes)
    parts = []
  }
  return {
    isEmpty: () => bytes === 0,
    add(part: Uint8Array): void {
      bytes += part.length
      if (parts.length === 0 && !problem && part.length > limits.itemBytesMax)
        parts.push(part.subarray(0, headBytes))
      if (bytes > limits.itemBytesMax) spoil(`larger than ${limits.itemBytesMax} bytes`)
      if (!problem) parts.push(part)
    },
    tooDeep: () => spoil(`nested deeper than ${limits.depthMax} levels`),
    take(make: (bytes: Uint8Array) => Piece): Piece {
      const piece: Piece = problem
        ? { kind: 'unfit', problem, ...(head ? { head: Buffer.from(head) } : {}) }
        : make(parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts))
      parts = []
      bytes = 0
      problem = null
      head = null
      return piece
    },
  }
}
