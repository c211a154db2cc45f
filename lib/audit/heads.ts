import type { AnchorCopy } from './anchors.ts'
import {
  type Checkpoint,
  formatCheckpoint,
  isSplitView,
  type OpenedCheckpoint,
  openCheckpoint,
  type Verifier,
} from './checkpoint.ts'
import { openCosignature } from './cosignature.ts'
import { equal } from './merkle.ts'
import type { LogFacts } from './rows.ts'

/**
 * `index` is the first bad entry; with `until` the first bad one lies between the two, both included. `anchor` names
 * the anchor when the trouble is with what it holds rather than with the log.
 */
export type Finding = {
  verdict: 'tampered' | 'behind' | 'unsealed' | 'unknown'
  sentence: string
  index?: number
  until?: number
  anchor?: string
}

type Sources = {
  facts: LogFacts
  keys: readonly Verifier[]
  anchorsBefore: readonly AnchorCopy[]
  remembered?: Checkpoint | undefined
}

/** A tree head with a genuine signature, and who holds it. */
export type Trusted = Checkpoint & { from: string }

/** Opens the signed heads of the database and of the anchors; what does not open becomes a finding or a remark. */
export function openHeads(
  { facts, keys, anchorsBefore, remembered }: Sources,
  findings: Finding[],
  remarks: string[],
): Trusted[] {
  const { origin } = facts
  const trusted: Trusted[] = remembered ? [{ ...remembered, from: 'the signer' }] : []
  // The database and each anchor hold the same notes; a signature takes 0.1 ms to check.
  const known = new Map<string, OpenedCheckpoint>()
  const open = (note: string, from: string, claimed: string, anchor: { anchor?: string }) => {
    const opened = known.get(note) ?? openCheckpoint(note, origin, keys)
    known.set(note, opened)
    if (opened.ok) {
      trusted.push({ ...opened.checkpoint, from })
      return opened.checkpoint
    }
    if (opened.problem === 'unknown-key')
      findings.push({
        verdict: 'unknown',
        sentence: `${claimed} is signed by a key that is not trusted here.`,
        ...anchor,
      })
    else if (opened.problem === 'wrong-origin')
      findings.push({
        verdict: 'unknown',
        sentence: `${claimed} is of another log than ${origin}.`,
        ...anchor,
      })
    else if (from === 'the database')
      findings.push({ verdict: 'tampered', sentence: `${claimed} does not carry a genuine signature.` })
    else remarks.push(`${claimed} cannot be read and was left out.`)
    return undefined
  }
  for (const stored of facts.checkpoints) {
    const claimed = `The checkpoint of ${stored.size} entries in the database`
    const opened = open(stored.note, 'the database', claimed, {})
    if (opened && (opened.size !== stored.size || !equal(opened.root, stored.root)))
      findings.push({ verdict: 'tampered', sentence: `${claimed} says something else than its signed note.` })
  }
  for (const { name, cosigner } of anchorsBefore)
    for (const { size, anchor, receipt } of facts.receipts) {
      const note = facts.checkpoints.find((stored) => stored.size === size)?.note
      const opened = note && known.get(note)
      if (!cosigner || anchor !== name || !note || !opened || !opened.ok) continue
      const { cosignature } = (receipt ?? {}) as { cosignature?: unknown }
      const text = formatCheckpoint(opened.checkpoint)
      if (typeof cosignature === 'string' && openCosignature(text, cosignature, cosigner))
        trusted.push({ ...opened.checkpoint, from: name })
      else {
        const sentence = `The cosignature of witness ${name} under the checkpoint of ${size} entries is not genuine.`
        findings.push({ verdict: 'tampered', anchor: name, sentence })
      }
    }
  for (const anchor of anchorsBefore)
    anchor.notes.forEach((note, i) => {
      open(note, anchor.name, `Note ${i + 1} of anchor ${anchor.name}`, { anchor: anchor.name })
    })
  trusted.sort((a, b) => a.size - b.size)
  trusted.forEach((checkpoint, i) => {
    const before = trusted[i - 1]
    if (before && isSplitView(before, checkpoint))
      findings.push({
        verdict: 'tampered',
        sentence: `Two different histories of ${checkpoint.size} entries were signed: ${before.from} holds one, ${checkpoint.from} the other.`,
      })
  })
  return trusted.filter(({ size }) => size > 0)
}
