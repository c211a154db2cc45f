import { type Finder, findersOf, type MetricsSubject } from './finder.ts'
import { type Labels, selector } from './label.ts'
import { type PanelName, panels, type Unit } from './panel.ts'
import { knownProfiles, type PanelAsk, type Profile } from './profile.ts'

/** A profile with one way to find the application's series in it. */
export type Candidate = { profile: Profile; finder: Finder }

/** `signals.series` of the configuration with its labels filled in for one application. */
export type OwnSeries = { name: string; metric: string; labels: Labels } & {
  [panel in PanelName]?: string | undefined
}

const units: Record<PanelName, Unit> = {
  traffic: 'per-second',
  errors: 'per-second',
  latency: 'seconds',
  saturation: 'number',
}

function ownCandidate(series: OwnSeries, index: number): Candidate {
  const key = `own-${index}`
  const given: Profile['panels'] = {}
  for (const panel of panels) {
    const template = series[panel]
    if (template === undefined) continue
    given[panel] = {
      needs: [series.metric],
      ask: (matchers, window): PanelAsk => {
        const query = template.replaceAll('$labels', () => matchers).replaceAll('$window', () => window)
        return { unit: units[panel], shape: 'each', scale: 1, queries: [{ name: panel, query }] }
      },
    }
  }
  const finder = {
    key,
    words: 'configured labels',
    scope: series.labels,
    matchers: selector(series.labels).slice(1, -1),
  }
  return { profile: { name: series.name, by: [key], panels: given }, finder }
}

/** What is tried for an application, in this order: what the configuration says, then what is known. */
export function candidatesOf(subject: MetricsSubject, own: readonly OwnSeries[]): Candidate[] {
  const finders = new Map(findersOf(subject).map((finder) => [finder.key, finder]))
  const known = knownProfiles.flatMap((profile) =>
    profile.by.flatMap((key) => {
      const finder = finders.get(key)
      return finder ? [{ profile, finder }] : []
    }),
  )
  return [...own.filter(({ labels }) => Object.keys(labels).length > 0).map(ownCandidate), ...known]
}

/** Names of metrics that a finder is asked about: one query for each finder tells which are there. */
export function probes(
  candidates: readonly Candidate[],
  windowS: number,
): { finder: Finder; query: string }[] {
  const needed = new Map<Finder, Set<string>>()
  for (const { profile, finder } of candidates) {
    const names = needed.get(finder) ?? new Set()
    for (const panel of Object.values(profile.panels)) for (const name of panel.needs) names.add(name)
    needed.set(finder, names)
  }
  return [...needed].map(([finder, names]) => ({
    finder,
    query: `count by (__name__) (last_over_time({__name__=~"${[...names].join('|')}",${finder.matchers}}[${windowS}s]))`,
  }))
}

/** The first candidate that has all that a panel needs. */
export function firstMatch(
  candidates: readonly Candidate[],
  panel: PanelName,
  found: ReadonlyMap<string, ReadonlySet<string>>,
): Candidate | undefined {
  return candidates.find(({ profile, finder }) => {
    const names = found.get(finder.key)
    return profile.panels[panel]?.needs.every((name) => names?.has(name)) ?? false
  })
}
