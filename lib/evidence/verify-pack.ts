import { type AnchorCopy, held } from '#lib/audit/anchor-copy.ts'
import { openCheckpoint, type Verifier } from '#lib/audit/checkpoint.ts'
import { type FileReport, fileReport } from '#lib/audit/file-report.ts'
import type { Finding } from '#lib/audit/heads.ts'
import { leafHash, sha256Hex, verifyInclusion } from '#lib/audit/merkle.ts'
import { at, type Entry, namedBy, planOf, type Row, typeOf } from './checklist.ts'
import { openEnvelope } from './envelope.ts'
import { derive } from './make.ts'
import { type Predicate, parseProof, readStatement, type Scope } from './pack.ts'

const tampered = (sentence: string, index?: number): Finding => ({
  verdict: 'tampered',
  sentence,
  ...(index === undefined ? {} : { index }),
})
const entriesOf = (count: number) => (count === 1 ? '1 entry' : `${count} entries`)
const utf8 = (text: string) => Buffer.from(text, 'utf8')

/** What a pack claims to be about, in words. */
export function scopeWords(scope: Scope): string {
  const days = (from?: string, to?: string) =>
    `${from ? ` from ${from}` : ''}${to ? `${from ? '' : ','} before ${to}` : ''}`
  switch (scope.kind) {
    case 'release':
      return `release ${scope.release}`
    case 'application':
      return `application ${scope.application}${days(scope.from, scope.to)}`
    case 'period':
      return `${scope.applications ? `${scope.applications.length} applications` : 'everything'}${days(scope.from, scope.to)}`
  }
}

/** Every entry must be in the tree, once, in order, and read as JSON; the first that is not ends the search. */
function proveEntries(
  { entries }: Predicate,
  head: { size: number; root: Uint8Array },
): { read: Entry[]; fault?: Finding } {
  const read: Entry[] = []
  for (const [i, { entry, proof }] of entries.entries()) {
    const parsed = parseProof(proof)
    if (!parsed) return { read, fault: tampered(`The proof of entry ${i + 1} of the pack is no tlog-proof.`) }
    const { index, hashes } = parsed
    if (index <= (read.at(-1)?.seq ?? -1))
      return { read, fault: tampered(`Entry ${index} is there twice, or out of order.`, index) }
    if (!verifyInclusion(leafHash(utf8(entry)), index, head.size, hashes, head.root))
      return {
        read,
        fault: tampered(`Entry ${index} is not in the log that was signed.`, index),
      }
    try {
      read.push({ seq: index, value: JSON.parse(entry) })
    } catch {
      return { read, fault: tampered(`Entry ${index} is not JSON.`, index) }
    }
  }
  return { read }
}

/** An entry of something else would pad a pack; one is refused, as is a document that no entry names. */
function strays({ scope, documents }: Predicate, entries: readonly Entry[]): Finding[] {
  const findings: Finding[] = []
  if (scope.kind === 'release') {
    const plan = planOf(scope.release, entries)
    const other = entries.find(
      (entry) =>
        at(entry.value, 'subject', 'release') !== scope.release &&
        !(typeOf(entry).startsWith('plan.') && at(entry.value, 'data', 'plan') === plan),
    )
    if (other) findings.push(tampered(`Entry ${other.seq} is not about release ${scope.release}.`, other.seq))
  }
  const named = namedBy(entries)
  for (const { kind, sha256, text } of documents) {
    if (sha256Hex(utf8(text)) !== sha256)
      findings.push(tampered(`The ${kind} ${sha256} is not the one that its digest names.`))
    else if (!named.has(sha256)) findings.push(tampered(`No entry names the ${kind} ${sha256}.`))
  }
  return findings
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** Whether each row of a pack is what its entries show. A later version may know rows that the pack does not have. */
function agree(told: Predicate['releases'], shown: { release: string; rows: Row[] }[]): boolean {
  return (
    told.length === shown.length &&
    told.every(({ release, rows }, i) => {
      const own = shown[i]
      if (own?.release !== release || !Array.isArray(rows)) return false
      return rows.every(({ id, state, entries }) =>
        own.rows.some((row) => row.id === id && row.state === state && same(row.entries, entries)),
      )
    })
  )
}

export type PackInput = {
  file: string
  /** The keys that the log is trusted to be signed with, known from elsewhere than the pack. */
  keys: readonly Verifier[]
  /** Copies of anchors, to hold the checkpoint against; none is fine, and said. */
  anchors: readonly AnchorCopy[]
}

/**
 * Checks an evidence pack with nothing but keys: no database, no network. Says what is proved and what is not; what
 * the pack itself says is missing is repeated, never smoothed over.
 */
export function verifyPack(text: string, { file, keys, anchors }: PackInput): FileReport {
  const bad = (finding: Finding): FileReport =>
    fileReport({ file, kind: 'evidence pack', about: 'nothing that can be trusted', findings: [finding] })
  const opened = openEnvelope(text, keys)
  if (!opened.ok)
    return bad(
      opened.problem === 'unknown-key'
        ? {
            verdict: 'unknown',
            sentence: `It is signed by ${opened.keyid}, a key that is not trusted here: give it with --vkey once you have it from somebody you trust.`,
          }
        : tampered(
            opened.problem === 'malformed'
              ? 'It is not an evidence pack as it was written: bytes were changed, added or lost.'
              : 'The signature does not fit: it was changed, or forged.',
          ),
    )
  const statement = readStatement(opened.payload)
  if (!statement)
    return bad({
      verdict: 'unknown',
      sentence: 'It is signed, but of a form that this verifier does not know.',
    })
  const { predicate } = statement
  const { origin, scope, documents, receipts } = predicate
  const head = openCheckpoint(predicate.checkpoint, origin, keys)
  if (!head.ok)
    return bad({
      verdict: head.problem === 'unknown-key' || head.problem === 'wrong-origin' ? 'unknown' : 'tampered',
      sentence: `Its checkpoint is not a genuine one of ${origin}.`,
    })
  const { checkpoint } = head
  const { read, fault } = proveEntries(predicate, checkpoint)
  if (fault) return bad(fault)
  const findings = strays(predicate, read)
  // A document that is not its digest could not be read as a plan.
  const { subject, releases } = derive(
    { origin, root: checkpoint.root, receipts },
    read,
    findings.length === 0 ? documents : [],
  )
  if (findings.length === 0 && !(same(subject, statement.subject) && agree(predicate.releases, releases)))
    findings.push(tampered('What it says is there and missing is not what its entries show.'))
  const outside = anchors.map((copy) => ({ copy, ...held(copy, checkpoint, keys) }))
  for (const { copy, conflict } of outside)
    if (conflict) findings.push({ ...tampered(conflict), anchor: copy.name })

  const confirmed = outside.filter(({ holds }) => holds).map(({ copy }) => copy.name)
  const claimed = [
    ...new Set(receipts.filter(({ size }) => size >= checkpoint.size).map(({ anchor }) => anchor)),
  ]
  return fileReport({
    file,
    kind: 'evidence pack',
    about: `${scopeWords(scope)}, ${entriesOf(read.length)} of ${origin}`,
    findings,
    missing: releases.flatMap(({ release, rows }) =>
      rows.filter(({ state }) => state === 'missing').map(({ says }) => `${release}: ${says}`),
    ),
    proved: [
      `The whole file is as ${opened.by.name}+${opened.by.id} signed it at ${predicate.at}.`,
      `${entriesOf(read.length)}: each is in the log of ${entriesOf(checkpoint.size)} that the checkpoint names, at the place it says.`,
      ...(documents.length > 0
        ? [
            `${documents.length} documents (plans, what people saw of them, policies) are those that the entries name.`,
          ]
        : []),
      `What is there and what is missing for ${releases.length === 1 ? 'the release' : `${releases.length} releases`} follows from these entries.`,
      ...confirmed.map((name) => `Anchor ${name}, which you gave, holds the same log.`),
    ],
    notProved: [
      ...outside
        .filter(({ holds, conflict }) => !holds && !conflict)
        .map(
          ({ copy }) =>
            `That anchor ${copy.name} holds this log: it has no genuine checkpoint that covers it.`,
        ),
      ...(anchors.length === 0
        ? [
            claimed.length > 0
              ? `That ${claimed.join(', ')} confirmed the checkpoint: the pack says so; give a copy with --anchor to see for yourself.`
              : 'That anything outside the database confirmed the checkpoint: no receipt covers it.',
          ]
        : []),
      'That these are all the entries there are: proofs show what is in the log, not what was left out of a pack. The signer takes all it has; the whole log shows the rest.',
      'The names of people: entries hold ids, and names are as the portal knew them when the pack was made.',
      'That everything that happened was written down: a log cannot show what was never recorded.',
    ],
  })
}
