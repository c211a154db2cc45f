import { csvField } from '#lib/catalog/export.ts'
import { type Instant, plus } from '#lib/platform/clock.ts'

/** The four questions of an auditor. */
export const questions = ['changes', 'signers', 'exceptions', 'moment'] as const
export type Question = (typeof questions)[number]

export const questionWords: Record<Question, { title: string; asks: string }> = {
  changes: {
    title: 'Production changes',
    asks: 'What changed in production, who asked, who signed, and what proves it?',
  },
  signers: {
    title: 'Who could sign',
    asks: 'Who could have signed a release, under which policy, and why not the others?',
  },
  exceptions: { title: 'Exceptions', asks: 'What did not go the usual way, who closed it, and in time?' },
  moment: {
    title: 'What ran at a moment',
    asks: 'What ran in production at a moment, and by which approval?',
  },
}

export const changeKinds = ['release', 'break-glass', 'outside'] as const
export const exceptionKinds = ['break-glass', 'finding', 'override', 'review', 'policy'] as const
export const exceptionStates = ['open', 'overdue', 'closed'] as const
export const kindWords: Record<string, string> = {
  release: 'Release',
  'break-glass': 'Break-glass',
  outside: 'Without a release',
  finding: 'Finding',
  override: 'Freeze override',
  review: 'Review',
  policy: 'Policy change',
  running: 'Ran',
}

/** One entry of the log that proves a line: its number, and its leaf in hex. */
export type ProofEntry = { seq: number; leaf: string; type: string }

/** One answer to a question. */
export type Line = {
  id: string
  kind: string
  at: Instant
  application: { id: string; name: string; project: string; service: string; environment: string } | null
  what: string
  asked: string | null
  signed: string[]
  /** How it ended, or stands, in words. */
  state: string
  tone: 'positive' | 'attention' | 'negative' | 'neutral'
  note: string | null
  due: Instant | null
  closedAt: Instant | null
  release: string | null
  finding: string | null
  /** Oldest first. None: nothing in the log is about it, and the note says why. */
  entries: ProofEntry[]
}

export type Filter = {
  /** Inclusive, and exclusive. */
  from: Instant
  to: Instant
  at: Instant
  kind?: string | undefined
  state?: string | undefined
  service?: string | undefined
  environment?: string | undefined
  project?: string | undefined
}

const periodMs = 90 * 86_400_000

/** The period of an address that names none, or one end only: the ninety days before its end. */
export const periodOf = (from: Instant | undefined, to: Instant | undefined, now: Instant) => {
  const end = to ?? now
  return { from: from ?? plus(end, -periodMs), to: end }
}

/** Where a page begins: after the line at this moment (microseconds) with this id. */
export type Cursor = { at: string; id: string }
const cursor = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)~([a-z]{2,5}_[0-9a-z]+)$/
export const cursorText = ({ at, id }: Cursor): string => `${at}~${id}`
export function readCursor(text: string | undefined): Cursor | undefined {
  const [, at, id] = cursor.exec(text ?? '') ?? []
  return at && id ? { at, id } : undefined
}

/** How long a thing was open, or has been, in whole hours where it is long: `3 h 20 min`. */
export function lasted(from: Instant, to: Instant): string {
  const minutes = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 60_000))
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60), minutes % 60]
  if (days >= 2) return `${days} days`
  return hours > 0 ? `${hours} h ${rest} min` : `${rest} min`
}

const head =
  'seq,leaf,at,kind,id,service,environment,application,what,asked by,signed by,state,note,due,closed at,entries'

/** One line of a file: the first entry stands by itself, so that a row that is pasted elsewhere can be proved. */
function csvLine(line: Line): string {
  const { application, entries, signed } = line
  const [first] = entries
  return [
    ...[first?.seq, first?.leaf, line.at, line.kind, line.id],
    ...[application?.service, application?.environment, application?.name, line.what, line.asked],
    ...[signed.join('; '), line.state, line.note, line.due, line.closedAt],
    entries.map(({ seq, leaf }) => `${seq}:${leaf}`).join(' '),
  ]
    .map(csvField)
    .join(',')
}

export const inquiryFormats = ['csv', 'jsonl'] as const
export type InquiryFormat = (typeof inquiryFormats)[number]

/** Lines as a file. `stops` is a last line that says where it ends. */
export function linesText(format: InquiryFormat, lines: readonly Line[], stops?: string): string {
  if (format === 'jsonl')
    return [...lines, ...(stops ? [{ stops }] : [])].map((line) => `${JSON.stringify(line)}\n`).join('')
  return `${[head, ...lines.map(csvLine), ...(stops ? [csvField(stops)] : [])].join('\r\n')}\r\n`
}
