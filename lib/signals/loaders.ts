import 'server-only'
import type { Viewer } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { candidatesOf } from '#lib/metrics/candidate.ts'
import type { PanelView, UsualView } from '#lib/metrics/panel.ts'
import { readPanel, readUsual } from '#lib/metrics/read.ts'
import { gridOf, type Range, ranges, readRange } from '#lib/metrics/window.ts'
import { clock, type Instant, instant } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import type { Db } from '#lib/platform/db.ts'
import { paths } from '#lib/platform/paths.ts'
import { signalBackend } from './client.ts'
import { type Mark, marksOf, readSubject } from './data.ts'
import { ownSeries } from './own-series.ts'
import type { MetricsQuery } from './schema.ts'

export type SignalContext = { db: Db; config: Pick<Config, 'signals'> }

/**
 * One panel of an application's metrics, or what is usual of it; null when there is no such application for this viewer.
 * A backend that does not answer is an answer too: `{ is: 'failed', … }`.
 */
export async function readMetrics(
  { db, config }: SignalContext,
  viewer: Viewer,
  id: string,
  query: MetricsQuery,
  now: Instant,
): Promise<PanelView | UsualView | null> {
  const subject = await readSubject(db, viewer, id)
  if (!subject) return null
  const { signals } = config
  const backend = signalBackend(signals, 'metrics', subject.environment)
  if (!backend) return { is: 'not-configured' }
  const { panel } = query
  if (!subject.metrics)
    return { is: 'empty', panel, detail: 'Nobody knows yet in which namespace it runs.', tried: [] }
  const nowMs = Date.parse(now)
  const request = {
    backend,
    uiUrl: signals.metrics?.uiUrl ?? backend.url,
    candidates: candidatesOf(subject.metrics, ownSeries(signals.series, subject.links)),
    panel,
    grid: gridOf(query.range, nowMs, query.around === undefined ? undefined : Date.parse(query.around)),
    nowMs,
    person: viewer.accountId,
  }
  return query.part === 'now' ? readPanel(request) : readUsual(request)
}

/**
 * What the section of signals begins with. `around` is a release's own moment; without it the section goes up to now.
 * `links` lead to the same page with another range.
 */
export type SignalsView = {
  application: string
  range: Range
  around: Instant | undefined
  marks: Mark[]
  links: { range: Range; href: string }[]
}

type Search = { range?: string | string[] | undefined }

/** The section of an application. Whoever calls has looked at the right to read it. */
export async function loadSignals(application: string, search: Search): Promise<SignalsView> {
  const links = ranges.map((range) => ({
    range,
    href: paths.application(application, { tab: 'signals', range }),
  }))
  return signalsOf(application, search, links)
}

/** The section of a release, around its sync; null before there was one. */
export async function loadReleaseSignals(
  release: { id: string; syncedAt: Instant | null; application: { id: string } },
  search: Search,
): Promise<SignalsView | null> {
  const { id, syncedAt: at, application } = release
  if (!at) return null
  const links = ranges.map((range) => ({ range, href: paths.release(id, { range }) }))
  return signalsOf(application.id, search, links, { id, at })
}

async function signalsOf(
  application: string,
  search: Search,
  links: SignalsView['links'],
  release?: { id: string; at: Instant },
): Promise<SignalsView> {
  await requireViewer()
  const range = readRange([search.range].flat()[0])
  const nowMs = Date.parse(clock.now())
  const { fromMs, toMs, stepMs } = gridOf(range, nowMs, release && Date.parse(release.at))
  const marks = await marksOf(getDb(), application, instant(fromMs), instant(toMs + stepMs), release?.id)
  // The release is marked although its deployment may not have been seen in the history yet.
  if (release && !marks.some(({ main }) => main))
    marks.push({ at: release.at, version: null, release: release.id, cause: 'release', main: true })
  return { application, range, around: release?.at, marks, links }
}

/** For routes: the web's own context. */
export const signalContext = (): SignalContext => ({ db: getDb(), config: getConfig() })
