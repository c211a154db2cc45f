import type { Finding } from './heads.ts'
import { exitCodes, type Verdict, worstFirst } from './verdict.ts'

/** What was found out about one file. */
export type FileReport = {
  file: string
  kind: 'evidence pack' | 'log export' | 'checkpoint' | 'excerpt'
  verdict: Verdict
  exitCode: number
  /** In words, what it is about. */
  about: string
  firstBad?: number
  findings: Finding[]
  /** Evidence that should be there and is not: the file is genuine and says so itself. */
  missing: string[]
  proved: string[]
  notProved: string[]
}

type Parts = Pick<FileReport, 'file' | 'kind' | 'about' | 'findings'> &
  Partial<Pick<FileReport, 'missing' | 'proved' | 'notProved'>>

/** The worst finding decides. Nothing is proved by a file that is not whole; by one that is only too short, what it has. */
export function fileReport({ missing = [], proved = [], notProved = [], ...parts }: Parts): FileReport {
  const { findings } = parts
  const verdict = worstFirst.find((kind) => findings.some((finding) => finding.verdict === kind)) ?? 'whole'
  const sound = verdict === 'whole' || verdict === 'behind'
  const firstBad = findings.find((finding) => finding.index !== undefined)?.index
  return {
    ...parts,
    verdict,
    exitCode: exitCodes[verdict],
    ...(firstBad === undefined ? {} : { firstBad }),
    missing,
    proved: sound ? proved : [],
    notProved: sound ? notProved : ['Anything else: what is not whole proves nothing.'],
  }
}

const endings = {
  whole: 'is whole',
  tampered: 'was tampered with',
  behind: 'ends too early',
  unsealed: 'has entries that were never sealed',
  unknown: 'is signed by somebody unknown',
} as const satisfies Record<Verdict, string>

/** A heading and its lines, indented; nothing when there are none. */
export const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]

/** The report for people: what is wrong first, then what is missing, what was proved and what could not be. */
export function fileText(report: FileReport): string {
  const { file, kind, verdict, about, firstBad, findings, missing, proved, notProved } = report
  const index = firstBad === undefined ? '' : ` First bad index: ${firstBad}.`
  const lacks = missing.length === 0 ? '' : ` Evidence is missing: ${missing.length}.`
  return [
    `${file}: the ${kind} ${endings[verdict]}.${index}${lacks}`,
    `  About ${about}.`,
    ...section(
      'Found',
      findings.map(({ sentence }) => sentence),
    ),
    ...section('Missing', missing),
    ...section('Proved', proved),
    ...section('Not proved', notProved),
    '',
  ].join('\n')
}
