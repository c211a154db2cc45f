import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { verifyPack } from '#lib/evidence/verify-pack.ts'
import { type AnchorCopy, held } from './anchor-copy.ts'
import { checkExcerpt } from './check-excerpt.ts'
import { openCheckpoint, parseVkey, type Verifier } from './checkpoint.ts'
import { type FileReport, fileReport } from './file-report.ts'
import type { Finding } from './heads.ts'
import { NotALog, readLogFile } from './log-file.ts'
import { readPasted } from './pasted.ts'
import { exitCodes, worstFirst } from './verdict.ts'
import { verifyLog } from './verify.ts'

/** Why nothing could be said at all: a file is not there, or is none that this can check. */
export class CannotCheck extends Error {}

export type Trust = {
  keys: readonly Verifier[]
  anchors: readonly AnchorCopy[]
  /** A whole exported log that single rows are held against. */
  log?: string | undefined
}

async function beginning(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => {
    throw new CannotCheck(`${path} cannot be read.`)
  })
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** A file may be older than the copy of an anchor: that looks like a tail cut off, and only a new export tells. */
const orEarlier = (finding: Finding): Finding =>
  finding.verdict === 'behind'
    ? {
        ...finding,
        sentence: `${finding.sentence} Or it was exported before the copy of the anchor was made: export it anew to tell.`,
      }
    : finding

async function checkLog(path: string, { keys, anchors }: Trust): Promise<FileReport> {
  const head = { file: basename(path), kind: 'log export' } as const
  try {
    const { facts, rows } = await readLogFile(createReadStream(path, { highWaterMark: 1 << 20 }))
    const given = { facts, rows, keys, anchorsBefore: anchors, anchorsAfter: anchors }
    const { findings, proved, notProved, size, anchoredSize } = await verifyLog(given)
    const about = `${size} entries of ${facts.origin}, ${anchoredSize} of them held by an anchor you gave`
    return fileReport({ ...head, about, findings: findings.map(orEarlier), proved, notProved })
  } catch (error) {
    if (!(error instanceof NotALog)) throw error
    const sentence = `${error.message} The file was changed, or is cut.`
    return fileReport({ ...head, about: 'no whole log', findings: [{ verdict: 'tampered', sentence }] })
  }
}

async function checkNote(path: string, { keys, anchors }: Trust): Promise<FileReport> {
  const note = await readFile(path, 'utf8')
  const origin = note.slice(0, note.indexOf('\n'))
  const head = openCheckpoint(note, origin, keys)
  if (!head.ok && head.problem === 'malformed')
    throw new CannotCheck(`${path} is neither an evidence pack, nor an exported log, nor a checkpoint.`)
  const common = { file: basename(path), kind: 'checkpoint' } as const
  if (!head.ok) {
    const known = head.problem === 'bad-signature'
    const sentence = known
      ? 'The signature does not fit: it was changed, or forged.'
      : 'It is signed by a key that is not trusted here.'
    return fileReport({
      ...common,
      about: `a tree of ${origin}`,
      findings: [{ verdict: known ? 'tampered' : 'unknown', sentence }],
    })
  }
  const { size } = head.checkpoint
  const outside = anchors.map((copy) => ({ name: copy.name, ...held(copy, head.checkpoint, keys) }))
  return fileReport({
    ...common,
    about: `the first ${size} entries of ${origin}`,
    findings: outside.flatMap(({ name, conflict }) =>
      conflict ? [{ verdict: 'tampered' as const, sentence: conflict, anchor: name }] : [],
    ),
    proved: [
      `Whoever holds the key of ${origin} signed exactly this tree of ${size} entries.`,
      ...outside.filter(({ holds }) => holds).map(({ name }) => `Anchor ${name}, which you gave, holds it.`),
    ],
    notProved: [
      ...outside
        .filter(({ holds }) => !holds)
        .map(({ name }) => `That anchor ${name} holds it: it has no genuine checkpoint that covers it.`),
      'What the entries say: a checkpoint is their fingerprint; export the log or a pack to see them.',
    ],
  })
}

const rowStart = /^\s*(\{|seq,leaf,|\d{1,15},[0-9a-f]{40})/

async function checkRows(path: string, { keys, anchors, log }: Trust, text: string) {
  const rows = readPasted(text)
  if (!rows) return undefined
  try {
    return await checkExcerpt(path, rows, log === undefined ? undefined : { path: log, keys, anchors })
  } catch (error) {
    if (error instanceof NotALog) throw new CannotCheck(`${log} is no whole exported log: ${error.message}`)
    throw error
  }
}

/** Checks one file by what it begins with: an evidence pack, an exported log, rows out of one, or a checkpoint. */
export async function checkFile(path: string, trust: Trust): Promise<FileReport> {
  const start = await beginning(path)
  if (start.startsWith('{"log":')) return checkLog(path, trust)
  if (!rowStart.test(start)) return checkNote(path, trust)
  const text = await readFile(path, 'utf8')
  return (await checkRows(path, trust, text)) ?? verifyPack(text, { file: basename(path), ...trust })
}

/** The exit code of several reports: that of the worst. */
export function worstOf(reports: readonly FileReport[]): number {
  const worst = worstFirst.find((kind) => reports.some(({ verdict }) => verdict === kind))
  return exitCodes[worst ?? 'whole']
}

/** The keys in files of vkeys, one a line. Throws CannotCheck on a file that is not there or a line that is none. */
export async function readKeys(paths: readonly string[]): Promise<Verifier[]> {
  const texts = await Promise.all(
    paths.map((path) =>
      readFile(path, 'utf8').catch(() => {
        throw new CannotCheck(`${path} cannot be read.`)
      }),
    ),
  )
  return texts.flatMap((text, i) =>
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const key = parseVkey(line)
        if (!key) throw new CannotCheck(`${paths[i]} has a line that is no verifier key.`)
        return key
      }),
  )
}
