import 'server-only'
import { headers } from 'next/headers'
import { loadRefusal, type Refusal } from '#lib/access/loaders.ts'
import { can, readScope } from '#lib/access/policy.ts'
import { requireViewer, type Viewer } from '#lib/access/viewer.ts'
import { whyNoExport } from '#lib/evidence/evidence.ts'
import { clock, type Instant, plus } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import type { Db } from '#lib/platform/db.ts'
import { paths } from '#lib/platform/paths.ts'
import { sinkName } from '#lib/sinks/open.ts'
import { readStanding } from '#lib/streams/data.ts'
import { isBehind, type StreamStanding } from '#lib/streams/stream.ts'
import { recordReading } from './commands.ts'
import {
  countNewer,
  type ExactEntry,
  getEntry,
  getLogState,
  type HistoryChoices,
  type HistoryPage,
  type LogState,
  listChoices,
  listHistory,
} from './data.ts'
import { type ExcerptFormat, excerptFormats } from './excerpt.ts'
import { filterOf, textsOf } from './history.ts'
import { type HistoryQuery, parseHistoryQuery } from './schema.ts'

/** A page that is open renders itself again when something changes; for this long that is the same reading. */
const readingMs = 10 * 60_000

export type HistoryView = {
  kind: 'history'
  query: HistoryQuery
  /** Names in the address that were not understood. */
  ignored: string[]
  page: HistoryPage
  /** The entry that stands open; `not-found` also when it is outside of what this person may read. */
  open: ExactEntry | 'not-found' | undefined
  state: LogState
  choices: HistoryChoices & { environments: string[] }
  /** What evidence of this page would be about: a release, an application, a period; undefined while no days are chosen. */
  exportable: Exportable | undefined
  exportRefusal: string | undefined
  /** Whether this person may take all of it: a chain cannot be checked in parts. */
  wholeLog: boolean
  /** Addresses of the entries that fit, as files; undefined for who may take none away. */
  files: { format: ExcerptFormat; href: string }[] | undefined
  /** How the copy to a collector of logs stands, where one is configured. */
  stream: { standing: StreamStanding; behind: boolean } | undefined
  now: Instant
}

export type Exportable =
  | { kind: 'release'; release: string }
  | { kind: 'application'; application: string; from?: string; to?: string }
  | { kind: 'period'; from: string; to: string }

/** The narrowest thing a pack can be about that the filters name. */
export function exportableOf(query: HistoryQuery, zone: string): Exportable | undefined {
  const { from, to } = filterOf(query, zone)
  if (query.release) return { kind: 'release', release: query.release }
  if (query.application)
    return { kind: 'application', application: query.application, ...(from && { from }), ...(to && { to }) }
  return from && to ? { kind: 'period', from, to } : undefined
}

export type HistoryReader = {
  db: Db
  viewer: Viewer
  query: HistoryQuery
  zone: string
  now: Instant
  /** The page was asked for by a person, not by itself. */
  fresh: boolean
  request?: string | undefined
}

const projectsOf = (
  viewer: Viewer,
  permission: 'read:log' | 'export:evidence' = 'read:log',
): readonly string[] | undefined => {
  const scope = readScope(viewer, permission)
  return scope === 'all' ? undefined : scope === 'none' ? [] : scope.projects
}

/** What this person may take away: entries about these projects, or all of them. */
export const exportableProjects = (viewer: Viewer) => projectsOf(viewer, 'export:evidence')

/** Writes down the reading, then reads: so the newest entry somebody sees is their own. */
export async function readHistory(reader: HistoryReader) {
  const { db, viewer, query, zone, now, fresh, request } = reader
  const filter = filterOf(query, zone, projectsOf(viewer))
  const unlessSince = fresh ? undefined : plus(now, -readingMs)
  await recordReading(db, { by: viewer, filter: textsOf(query), request, unlessSince })
  const [page, state, exact] = await Promise.all([
    listHistory(db, filter, { before: query.before }),
    getLogState(db),
    query.entry === undefined ? undefined : getEntry(db, query.entry, { projects: filter.projects }),
  ])
  const open = query.entry === undefined ? undefined : (exact ?? ('not-found' as const))
  return { page, state, open }
}

/** How many entries this person has not seen yet. Shows none of them, so it is no reading. */
export const newerThan = ({ db, viewer, query, zone }: HistoryReader, since: number): Promise<number> =>
  countNewer(db, filterOf(query, zone, projectsOf(viewer)), since)

/** What the history page needs, or that this person may not read the log and whom to ask. */
export async function loadHistory(
  search: Record<string, string | string[] | undefined>,
  zone: string,
): Promise<HistoryView | ({ kind: 'forbidden' } & Refusal)> {
  const viewer = await requireViewer()
  if (!can(viewer, 'read:log')) return { kind: 'forbidden', ...(await loadRefusal(viewer, 'read:log')) }
  const { query, ignored } = parseHistoryQuery(search)
  const db = getDb()
  const now = clock.now()
  // Browsers say what they ask for: a document when a person came or pressed reload, else the router's own request.
  const fresh = (await headers()).get('sec-fetch-dest') !== 'empty'
  const found = await readHistory({ db, viewer, query, zone, now, fresh })
  const choices = await listChoices(db, projectsOf(viewer))
  const environments = getConfig().catalog.environments.map(({ name }) => name)
  const sink = getConfig().audit.stream
  const standing = sink && (await readStanding(db, sinkName(sink)))
  const exportable = exportableOf(query, zone)
  const exportRefusal =
    whyNoExport(viewer) ??
    (exportable ? undefined : 'Choose a first and a last day: the file holds what happened then.')
  return {
    ...{ kind: 'history', query, ignored, ...found, choices: { ...choices, environments }, now },
    exportable,
    exportRefusal,
    wholeLog: readScope(viewer, 'export:evidence') === 'all',
    files: can(viewer, 'export:evidence')
      ? excerptFormats.map((format) => ({
          format,
          href: paths.api.logRows({
            ...textsOf(query, { entry: undefined, before: undefined }),
            format,
            zone,
          }),
        }))
      : undefined,
    stream: standing && { standing, behind: isBehind(standing, now) },
  }
}
