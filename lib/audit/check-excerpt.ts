import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import type { AnchorCopy } from './anchor-copy.ts'
import type { Verifier } from './checkpoint.ts'
import { type FileReport, fileReport } from './file-report.ts'
import type { Finding } from './heads.ts'
import { readLogFile } from './log-file.ts'
import { equal, type Hash } from './merkle.ts'
import { fitsLeaf, type Pasted } from './pasted.ts'
import { verifyLog } from './verify.ts'

export type WholeLog = { path: string; keys: readonly Verifier[]; anchors: readonly AnchorCopy[] }

/** Checks a whole exported log and picks the leaves of some of its entries on the way. */
async function leavesOf({ path, keys, anchors }: WholeLog, wanted: ReadonlySet<number>) {
  const leaves = new Map<number, Hash>()
  const { facts, rows } = await readLogFile(createReadStream(path, { highWaterMark: 1 << 20 }))
  async function* picking() {
    for await (const batch of rows) {
      for (const { seq, leaf } of batch) if (wanted.has(seq)) leaves.set(seq, leaf)
      yield batch
    }
  }
  const report = await verifyLog({
    ...{ facts, rows: picking(), keys },
    ...{ anchorsBefore: anchors, anchorsAfter: anchors },
  })
  return { leaves, report, origin: facts.origin }
}

/** Checks rows that somebody took out: against their own hashes, and against a whole log where one is given. */
export async function checkExcerpt(
  path: string,
  rows: readonly Pasted[],
  log: WholeLog | undefined,
): Promise<FileReport> {
  const head = { file: basename(path), kind: 'excerpt' } as const
  const tampered = (row: Pasted, sentence: string): Finding => ({
    verdict: 'tampered',
    index: row.seq,
    sentence: `Line ${row.line}, entry ${row.seq}: ${sentence}`,
  })
  const own = rows
    .filter((row) => !fitsLeaf(row))
    .map((row) => tampered(row, 'what it says does not fit the leaf hash beside it.'))
  const said = `${rows.length} of ${rows.length} rows say what the leaf hash beside them stands for.`
  if (!log)
    return fileReport({
      ...head,
      about: `${rows.length} rows, by themselves`,
      findings: own,
      proved: [said],
      notProved: ['That they are in the log: give a whole exported log with --log.'],
    })
  const { leaves, report, origin } = await leavesOf(log, new Set(rows.map(({ seq }) => seq)))
  const against = rows.flatMap((row) => {
    const leaf = leaves.get(row.seq)
    if (!leaf) return [tampered(row, `the log that was given has no such entry.`)]
    return equal(leaf, row.leaf) ? [] : [tampered(row, 'the log holds another entry under this number.')]
  })
  return fileReport({
    ...head,
    about: `${rows.length} rows, held against ${report.size} entries of ${origin}`,
    findings: [...report.findings, ...own, ...against],
    proved: [said, 'Each is in the log that was given, under its number.', ...report.proved],
    notProved: [...report.notProved],
  })
}
