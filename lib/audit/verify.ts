import { type AnchorCopy, noteDigest } from './anchors.ts'
import { type Checkpoint, noteCheckpoint, type Verifier } from './checkpoint.ts'
import { type Finding, openHeads, type Trusted } from './heads.ts'
import { append, emptyFrontier, equal, type Hash, root } from './merkle.ts'
import type { LogFacts, StoredReceipt } from './rows.ts'
import { exitCodes, type Verdict, worstFirst } from './verdict.ts'
import { createWalk, type LogRow, type Walk } from './walk.ts'

export type Report = {
  verdict: Verdict
  exitCode: number
  origin: string
  /** Entries the database holds, and how many of them an anchor outside it covers. */
  size: number
  anchoredSize: number
  root: string
  firstBad?: number
  findings: Finding[]
  proved: string[]
  notProved: string[]
}

export type VerifyInput = {
  facts: LogFacts
  rows: AsyncIterable<LogRow[]>
  /** What the signer itself remembers to have signed, when it is the one who asks. */
  remembered?: Checkpoint | undefined
  /** The keys that this log is trusted to be signed with, known from elsewhere than the database. */
  keys: readonly Verifier[]
  /** Read before the rows: whatever they hold must be in the database by now. */
  anchorsBefore: readonly AnchorCopy[]
  /** Read after the rows: every receipt the database has must be found in them. */
  anchorsAfter: readonly AnchorCopy[]
}

/** The leaves an anchor kept, if they hash to a signed head that covers `index`: then they are as good as signed. */
function authenticLeaf(copy: AnchorCopy, index: number, trusted: readonly Trusted[]): Hash | undefined {
  const kept = Math.floor(copy.leaves.length / 32)
  const head = trusted.find(({ size }) => size > index && size <= kept)
  if (!head) return undefined
  let frontier = emptyFrontier
  for (let i = 0; i < head.size; i++) frontier = append(frontier, copy.leaves.subarray(i * 32, i * 32 + 32))
  return equal(root(frontier), head.root) ? copy.leaves.subarray(index * 32, index * 32 + 32) : undefined
}

type Walked = { walk: Walk; fitted: Trusted[]; fault?: Finding }

async function walkAll(
  { facts, rows, anchorsBefore }: VerifyInput,
  trusted: Trusted[],
  remarks: string[],
): Promise<Walked> {
  const walk = createWalk(facts.origin)
  const fitted: Trusted[] = []
  const copies = new Set(anchorsBefore.filter((copy) => copy.leaves.length >= 32))
  let head = 0
  for await (const batch of rows) {
    for (const row of batch) {
      const fault = walk.next(row)
      if (fault) return { walk, fitted, fault: { verdict: 'tampered', ...fault } }
      const index = walk.size - 1
      for (const copy of copies) {
        const kept = copy.leaves.subarray(index * 32, index * 32 + 32)
        if (kept.length < 32 || equal(kept, walk.leaf as Hash)) continue
        if (authenticLeaf(copy, index, trusted)) {
          const sentence = `Entry ${index} is not the one that anchor ${copy.name} holds: it was replaced, and the chain after it written anew.`
          return { walk, fitted, fault: { verdict: 'tampered', index, sentence } }
        }
        copies.delete(copy)
        remarks.push(`The leaf hashes beside anchor ${copy.name} fit no signed checkpoint and were left out.`)
      }
      const heads: Trusted[] = []
      for (; trusted[head]?.size === walk.size; head++) heads.push(trusted[head] as Trusted)
      const fitting = heads.filter((checkpoint) => equal(checkpoint.root, walk.root()))
      if (heads[0] && fitting.length === 0) return { walk, fitted, fault: rootFault(heads[0], fitted) }
      fitted.push(...fitting)
    }
  }
  return { walk, fitted }
}

function rootFault(checkpoint: Trusted, fitted: Trusted[]): Finding {
  const index = fitted.at(-1)?.size ?? 0
  const until = checkpoint.size - 1
  const which =
    index === until ? `Entry ${index} was` : `One or more of the entries ${index} to ${until} were`
  const sentence = `${which} changed after a checkpoint of ${checkpoint.size} entries was signed (${checkpoint.from} holds it).`
  return { verdict: 'tampered', index, until, sentence }
}

/**
 * The receipts that a copy must still show: all, or the newest, if it is recent enough to be kept for sure and nothing
 * newer stands in its place, as when the signer goes on meanwhile.
 */
function expected(
  receipts: readonly StoredReceipt[],
  { name, notes, newestSince, cosigner }: AnchorCopy,
): StoredReceipt[] {
  if (cosigner) return []
  const own = receipts.filter(({ anchor }) => anchor === name)
  if (newestSince === undefined) return own
  const at = (receipt: unknown) => String((receipt as { at?: unknown } | null)?.at ?? '')
  const newest = Math.max(0, ...notes.map((note) => noteCheckpoint(note)?.size ?? 0))
  return own.slice(-1).filter(({ receipt, size }) => at(receipt) >= newestSince && newest <= size)
}

function lostReceipts({ facts, anchorsAfter }: VerifyInput): Finding[] {
  return anchorsAfter.flatMap((copy): Finding[] => {
    if (copy.unreachable !== undefined) return []
    const held = new Set(copy.notes.map(noteDigest))
    const lost = expected(facts.receipts, copy).filter(({ anchor, receipt }) => {
      const digest =
        typeof receipt === 'object' && receipt !== null && 'sha256' in receipt ? receipt.sha256 : undefined
      return anchor === copy.name && (typeof digest !== 'string' || !held.has(digest))
    })
    if (lost.length === 0) return []
    const what = copy.missing
      ? `${copy.place} is not there`
      : `${lost.length} of the checkpoints it confirmed are gone`
    const largest = lost.reduce((most, { size }) => Math.max(most, size), 0)
    return [
      {
        verdict: 'tampered',
        anchor: copy.name,
        sentence: `Anchor ${copy.name} lost evidence: ${what} (up to ${largest} entries).`,
      },
    ]
  })
}

/** What witnesses say of sizes. It is not signed, so it is told with their names and judged by people. */
function toldByWitnesses({ facts, anchorsBefore }: VerifyInput): Finding[] {
  return anchorsBefore.flatMap(({ name, knows = 0, conflict }): Finding[] => {
    const says = `Witness ${name} says that it cosigned`
    if (conflict !== undefined)
      return [
        { verdict: 'tampered', anchor: name, sentence: `${says} another history of ${conflict} entries.` },
      ]
    if (knows <= facts.count) return []
    const sentence = `${says} ${knows} entries, the database has ${facts.count}: the end was cut off, or an older backup was restored.`
    return [{ verdict: 'behind', anchor: name, index: facts.count, until: knows - 1, sentence }]
  })
}

const entries = (count: number) => (count === 1 ? '1 entry' : `${count} entries`)

/** Recomputes the log from its bytes and holds it against everything that was signed. Says what it proved and what not. */
export async function verifyLog(input: VerifyInput): Promise<Report> {
  const { facts, anchorsBefore } = input
  const findings: Finding[] = []
  const remarks: string[] = []
  const trusted = openHeads(input, findings, remarks)
  const { walk, fitted, fault } = await walkAll(input, trusted, remarks)
  if (fault) findings.push(fault)
  else if (facts.count !== walk.size)
    findings.push({
      verdict: 'tampered',
      index: walk.size,
      sentence: `The table counts ${entries(facts.count)}, its order shows ${walk.size}.`,
    })
  const newest = trusted.at(-1)
  if (newest && newest.size > facts.count)
    findings.push({
      verdict: 'behind',
      index: facts.count,
      until: newest.size - 1,
      sentence: `Entries ${facts.count} to ${newest.size - 1} are missing: ${newest.from} holds a signed checkpoint of ${newest.size}. The end was cut off, or an older backup was restored.`,
    })
  if (facts.unsealed.count > 0)
    findings.push({
      verdict: 'unsealed',
      sentence: `${facts.unsealed.count} events were written past the seal: ${facts.unsealed.ids.join(', ')}.`,
    })
  findings.push(...lostReceipts(input), ...toldByWitnesses(input))

  const verdict = worstFirst.find((kind) => findings.some((finding) => finding.verdict === kind)) ?? 'whole'
  const firstBad = findings.find(
    (finding) => finding.verdict === verdict && finding.index !== undefined,
  )?.index
  const anchored = fitted.filter(({ from }) => anchorsBefore.some(({ name }) => name === from)).at(-1)
  return {
    verdict,
    exitCode: exitCodes[verdict],
    origin: facts.origin,
    size: facts.count,
    anchoredSize: anchored?.size ?? 0,
    root: Buffer.from(walk.root()).toString('hex'),
    ...(firstBad === undefined ? {} : { firstBad }),
    findings,
    ...prose(input, walk, fitted, anchored, remarks),
  }
}

function prose(
  { facts, keys, anchorsBefore }: VerifyInput,
  walk: Walk,
  fitted: Trusted[],
  anchored: Trusted | undefined,
  remarks: string[],
): Pick<Report, 'proved' | 'notProved'> {
  const proved: string[] = []
  const notProved = [...remarks]
  if (walk.size > 0)
    proved.push(
      `${walk.size === facts.count ? `All ${entries(walk.size)}` : `The first ${entries(walk.size)}`}: the stored bytes hash to their leaves, the leaves form one chain without a gap from the beginning of ${facts.origin}.`,
    )
  const sizes = new Set(fitted.map(({ size }) => size))
  if (sizes.size > 0)
    proved.push(
      `${sizes.size === 1 ? '1 signed checkpoint fits' : `${sizes.size} signed checkpoints fit`} the Merkle tree, the newest of ${entries(fitted.at(-1)?.size ?? 0)}; trusted keys: ${keys.map(({ name, id }) => `${name}+${id}`).join(', ')}.`,
    )
  if (anchored)
    proved.push(
      `Anchor ${anchored.from} outside the database holds the checkpoint of ${entries(anchored.size)}: none of these was changed, removed, added or reordered since it was written.`,
    )
  const loose = facts.count - (anchored?.size ?? 0)
  if (loose > 0)
    notProved.push(
      `The newest ${entries(loose)}: no anchor covers them yet, so a complete rewrite of them would not show.`,
    )
  for (const { name, unreachable } of anchorsBefore)
    if (unreachable !== undefined)
      notProved.push(`What anchor ${name} holds: it could not be asked (${unreachable}).`)
  for (const copy of anchorsBefore)
    if (copy.strayBytes > 0)
      notProved.push(
        `Anchor ${copy.name} has ${copy.strayBytes} bytes that are no note, as a crash while writing leaves them.`,
      )
  notProved.push(
    'That everything that happened was written down: a log cannot show what was never recorded.',
    'Anything against somebody who holds the database, the signing key and every anchor at once.',
  )
  return { proved, notProved }
}
