import canonicalize from 'canonicalize'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import { difference } from '#lib/argocd/coming.ts'
import { digestOf } from '#lib/manifests/digest.ts'
import type { Plan } from '#lib/plans/plan.ts'
import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'
import type { Found, Sync } from './finding.ts'
import { keyOfEntry, quiet, syncs } from './syncs.ts'

const settingNames = {
  sources: 'sources (repository, path, target revision or parameters)',
  project: 'project',
  destination: 'destination',
  automated: 'automatic sync',
  retryRefresh: 'retry.refresh',
  historyLimit: 'history limit',
}
export type Settings = Record<keyof typeof settingNames, string>

/** The last state of an application that is explained; kept from look to look, so nothing is lost in between. */
export type Baseline = {
  uid: string | null
  lastHistoryId: number | null
  settings: Settings
  /** Counts returns to an explained state: the same deviation later is another one. */
  round: number
  deviates: boolean
  drift: { since: Instant; told: boolean } | null
}

export type Known = {
  now: Instant
  /** The name of our own account there; null when nobody could say. */
  ourAccount: string | null
  /** By beginning of the sync: the release that the token of an intent attributes it to. */
  releaseOf: ReadonlyMap<string, string>
  plans: ReadonlyMap<string, { revisions: readonly string[]; settings: Partial<Settings> }>
  accounted: ReadonlyMap<string, { release: string | null; historyId: number | null }>
  /** Operations that were seen and deployed nothing, by beginning. */
  attempts: readonly { startedAt: Instant; kind: string; phase: string; actor: string | null }[]
  /** How a finding of this cause was closed; null while it is open, undefined when there is none. */
  closed: (cause: string) => string | null | undefined
  driftAfterMs: number
}

export type Inspection = {
  found: Found[]
  linked: { sync: Sync; release: string }[]
  /** Syncs whose history id is known only now. */
  numbered: Sync[]
  baseline: Baseline
  /** Needs another look soon although nothing may change. */
  again: boolean
}

const text = (value: unknown) => canonicalize(value) ?? ''
export const settingsOf = (
  app: Pick<
    ObservedApplication,
    'sources' | 'project' | 'destination' | 'automated' | 'retryRefresh' | 'revisionHistoryLimit'
  >,
): Settings => ({
  // As a plan has them.
  sources: text(
    app.sources.map((source) => ({ ...source, targetRevision: source.targetRevision ?? 'HEAD' })),
  ),
  project: app.project,
  destination: text(app.destination),
  automated: app.automated ? 'on' : 'off',
  retryRefresh: app.retryRefresh ? 'on' : 'off',
  historyLimit: String(app.revisionHistoryLimit),
})

/** What a release has people sign of these. */
export const signedSettings = (plan: Plan): Partial<Settings> => ({
  sources: text(plan.sources),
  project: plan.project,
  destination: text(plan.destination),
})

const isDrifting = (app: ObservedApplication) =>
  app.operation?.inFlight !== true && app.sync.status === 'OutOfSync' && difference(app) === 'live-drift'

/** The first sight of an application: what stands there then is where judging begins. */
export function firstSeen(app: ObservedApplication, now: Instant): Baseline {
  return {
    uid: app.uid,
    lastHistoryId: app.history.at(-1)?.id ?? null,
    settings: settingsOf(app),
    round: 0,
    deviates: false,
    drift: isDrifting(app) ? { since: now, told: true } : null,
  }
}

/** Everything a look at an application tells that no release explains. Pure: the same look finds the same. */
export function inspect(before: Baseline, app: ObservedApplication, known: Known): Inspection {
  const found: Found[] = []
  const linked: Inspection['linked'] = []
  const numbered: Sync[] = []
  const baseline = { ...before }
  life(before, app, found)
  const sameLife = before.uid === app.uid
  gap(before, app, sameLife, found)
  syncs({ app, before }, known, found, linked, numbered)
  baseline.uid = app.uid
  const last = app.history.at(-1)?.id ?? null
  baseline.lastHistoryId = last ?? (sameLife ? before.lastHistoryId : null)
  for (const { release } of linked) {
    const signed = known.plans.get(release)?.settings
    if (signed) baseline.settings = { ...baseline.settings, ...signed }
  }
  settings(baseline, app, known, found)
  const again = live(baseline, app, known, found)
  return { found, linked, numbered, baseline, again }
}

function life(before: Baseline, app: ObservedApplication, found: Found[]): void {
  const last = app.history.at(-1)?.id ?? null
  if (before.uid !== app.uid)
    found.push({
      ...quiet,
      kind: 'recreated',
      cause: `uid:${app.uid}`,
      blocks: true,
      sentence: 'The application was deleted and created again under its name.',
      at: app.createdAt,
      differences: [{ what: 'uid', before: before.uid ?? 'none', after: app.uid ?? 'none' }],
      source: 'identity',
    })
  else if (before.lastHistoryId !== null && last !== null && last < before.lastHistoryId)
    found.push({
      ...quiet,
      kind: 'recreated',
      cause: `history:${before.lastHistoryId}>${last}:${keyOfEntry(app.history.at(-1) as ObservedApplication['history'][number])}`,
      blocks: true,
      sentence:
        'The history of Argo CD went backwards: it was restored from a backup, or its entries were removed.',
      differences: [{ what: 'last history id', before: String(before.lastHistoryId), after: String(last) }],
      source: 'identity',
    })
}

function gap(before: Baseline, app: ObservedApplication, sameLife: boolean, found: Found[]): void {
  const last = before.lastHistoryId
  const next = app.history.find(({ id }) => last !== null && id > last)?.id
  if (!sameLife || last === null || next === undefined || next <= last + 1) return
  const count = next - last - 1
  found.push({
    ...quiet,
    kind: 'unobserved-deployments',
    cause: `gap:${app.uid}:${last}-${next}`,
    sentence: `${count} ${count === 1 ? 'deployment' : 'deployments'} took place that nobody saw; the history of Argo CD no longer has ${count === 1 ? 'it' : 'them'}.`,
    differences: [{ what: 'history ids', before: String(last), after: String(next) }],
    source: 'history',
  })
}

function settings(baseline: Baseline, app: ObservedApplication, known: Known, found: Found[]): void {
  const now = settingsOf(app)
  const names = (Object.keys(settingNames) as (keyof Settings)[]).filter(
    (name) => now[name] !== baseline.settings[name],
  )
  if (names.length === 0) {
    if (baseline.deviates) Object.assign(baseline, { deviates: false, round: baseline.round + 1 })
    return
  }
  const cause = () => `settings:${baseline.round}:${digestOf(names.map((name) => [name, now[name]]))}`
  const closed = known.closed(cause())
  if (closed && closed !== 'reverted') {
    Object.assign(baseline, { settings: now, deviates: false, round: baseline.round + 1 })
    return
  }
  // Closed as put back, and it is not: that is another finding.
  if (closed) baseline.round += 1
  baseline.deviates = true
  found.push({
    ...quiet,
    kind: 'settings-changed',
    cause: cause(),
    blocks: names.some((name) => name === 'sources' || name === 'project' || name === 'destination'),
    sentence: `Changed in the Application itself: ${names.map((name) => settingNames[name]).join(', ')}.`,
    differences: names.map((name) => ({ what: name, before: baseline.settings[name], after: now[name] })),
    source: 'spec',
  })
}

/** Live was changed by hand, by Argo CD's comparison with what was deployed. True while it is waited on. */
function live(baseline: Baseline, app: ObservedApplication, known: Known, found: Found[]): boolean {
  if (!isDrifting(app)) {
    baseline.drift = null
    return false
  }
  const drift = baseline.drift ?? { since: known.now, told: false }
  baseline.drift = drift
  if (drift.told) return false
  // A comparison made while a sync ends lasts for a blink.
  if (millisecondsBetween(drift.since, known.now) < known.driftAfterMs) return true
  baseline.drift = { ...drift, told: true }
  found.push({
    ...quiet,
    kind: 'live-change',
    cause: `drift:${drift.since}`,
    sentence: 'Live was changed by hand and differs from what was deployed.',
    at: drift.since,
    source: 'live',
  })
  return false
}
