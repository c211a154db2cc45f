import 'server-only'
import { headers } from 'next/headers'
import { loadRefusal, type Refusal } from '#lib/access/loaders.ts'
import { can, readScope, type Viewer } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { recordReading } from '#lib/audit/commands.ts'
import { getLogState, listChoices } from '#lib/audit/data.ts'
import { dayAfter, dayStart } from '#lib/audit/history.ts'
import { whyNoExport } from '#lib/evidence/evidence.ts'
import { readMoment } from '#lib/past/moment.ts'
import { clock, type Instant, plus } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import { getReleaseRow } from '#lib/releases/data.ts'
import { listSamples } from '#lib/samples/data.ts'
import type { Sample } from '#lib/samples/sample.ts'
import { listLines } from './data.ts'
import { cursorText, type Filter, type Line, periodOf, type Question, readCursor } from './inquiry.ts'
import { type InquiryQuery, inquiryTexts, parseInquiryQuery } from './schema.ts'
import { readSigners, type Signers } from './signers.ts'

type Search = Record<string, string | string[] | undefined>
type Forbidden = { kind: 'forbidden' } & Refusal

/** A page that is open renders itself again when something changes; for this long that is the same reading. */
const readingMs = 10 * 60_000

/** Writes down that a page of the workspace was read, before it is shown. */
export async function recordAuditReading(viewer: Viewer, filter: Record<string, string>): Promise<void> {
  const fresh = (await headers()).get('sec-fetch-dest') !== 'empty'
  const unlessSince = fresh ? undefined : plus(clock.now(), -readingMs)
  await recordReading(getDb(), { by: viewer, filter, unlessSince })
}

/** The one who reads, or that they may not. */
export async function auditReader(): Promise<Viewer | Forbidden> {
  const viewer = await requireViewer()
  return can(viewer, 'read:log') ? viewer : { kind: 'forbidden', ...(await loadRefusal(viewer, 'read:log')) }
}

/** What an address asks for; days begin and end in `zone`. */
export function filterOf(query: InquiryQuery, zone: string, now: Instant): Filter & { problem?: string } {
  const { from, to, kind, state, service, environment, project } = query
  const { at, problem } = readMoment(query.at, now)
  return {
    ...periodOf(
      from === undefined ? undefined : dayStart(from, zone),
      to === undefined ? undefined : dayStart(dayAfter(to), zone),
      now,
    ),
    ...{ at: at ?? now, kind, state, service, environment, project },
    ...(problem && { problem }),
  }
}

export type InquiryView = {
  kind: 'inquiry'
  question: Question
  query: InquiryQuery
  ignored: string[]
  filter: Filter
  /** What was wrong with the moment of the address. */
  problem: string | undefined
  lines: Line[]
  /** The cursor of the next page. */
  next: string | undefined
  choices: { services: string[]; environments: string[] }
  exportRefusal: string | undefined
  signers: Signers | 'not-found' | undefined
  now: Instant
}

const pageLines = 50

/** One of the four questions with its answers; reading them is an entry of its own. */
export async function loadInquiry(
  question: Question,
  search: Search,
  zone: string,
): Promise<InquiryView | Forbidden> {
  const viewer = await auditReader()
  if ('kind' in viewer) return viewer
  const { query, ignored } = parseInquiryQuery(search)
  const [db, now] = [getDb(), clock.now()]
  await recordAuditReading(viewer, inquiryTexts({ page: `audit-${question}` }, query))
  const { problem, ...filter } = filterOf(query, zone, now)
  const scope = readScope(viewer, 'read:log')
  const page = { before: readCursor(query.before), limit: pageLines, now }
  const { lines, next } = await listLines(db, question, scope, filter, page)
  const { services } = await listChoices(
    db,
    scope === 'all' ? undefined : scope === 'none' ? [] : scope.projects,
  )
  const environments = getConfig().catalog.environments.flatMap((each) => (each.protected ? [each.name] : []))
  return {
    ...{ kind: 'inquiry', question, query, ignored, filter, problem, lines, now },
    next: next && cursorText(next),
    choices: { services, environments },
    exportRefusal: whyNoExport(viewer),
    signers: query.release === undefined ? undefined : await signersOf(query.release, viewer),
  }
}

async function signersOf(id: string, viewer: Viewer): Promise<Signers | 'not-found'> {
  const row = await getReleaseRow(getDb(), id)
  if (!row || !can(viewer, 'read:log', { project: row.application.project })) return 'not-found'
  return readSigners(getDb(), row, row.policy?.digest ?? '', getConfig().access, viewer)
}

export type WorkspaceView = {
  kind: 'workspace'
  samples: Sample[]
  log: { size: number; anchoredSize: number; anchoredAt: Instant | null }
}

/** The entry of the workspace. */
export async function loadWorkspace(): Promise<WorkspaceView | Forbidden> {
  const viewer = await auditReader()
  if ('kind' in viewer) return viewer
  const db = getDb()
  await recordAuditReading(viewer, { page: 'audit' })
  const { samples } = await listSamples(db, readScope(viewer, 'read:log'), { limit: 5 })
  const { size, anchoredSize, anchoredAt } = await getLogState(db)
  return { kind: 'workspace', samples, log: { size, anchoredSize, anchoredAt } }
}
