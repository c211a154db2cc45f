import type { Environments } from './matrix.ts'
import type { Column, MatrixFilter, MatrixPage } from './schema.ts'

/** How often each mark and place is there, by name; Postgres keeps them (prisma/migrations, catalog.tally). */
export type Tallies = Record<string, number>

const tab = '\t'
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
export const keyOf = (environment: string, target: string | null) =>
  target === null ? environment : `${environment}/${target}`

/** What a service with this health in that column is marked with. `health` is `prod/eu:Degraded`. */
export function healthMark(health: string, environments: Environments): string {
  const at = health.lastIndexOf(':')
  const key = health.slice(0, at)
  const known = environments
    .map(({ name }) => name)
    .filter((name) => key === name || key.startsWith(`${name}/`))
    .sort((a, b) => b.length - a.length)
  const environment = known[0] ?? key.split('/')[0] ?? ''
  return ['has', environment, key.slice(environment.length + 1), health.slice(at + 1)].join(tab)
}

/**
 * One column for each environment in the configured order and each of its targets; what an older configuration
 * called otherwise comes last rather than not at all.
 */
export function columnsFrom(tallies: Tallies, environments: Environments): Column[] {
  const places = new Map<string, Map<string, Record<string, number>>>()
  for (const [name, n] of Object.entries(tallies)) {
    const [kind, environment = '', target = '', ...health] = name.split(tab)
    if (kind !== 'health') continue
    const targets = places.get(environment) ?? new Map<string, Record<string, number>>()
    places.set(environment, targets)
    targets.set(target, { ...targets.get(target), [health.join(tab)]: n })
  }
  const older = [...places.keys()].filter((name) => !environments.some((each) => each.name === name))
  return [...environments.map(({ name }) => name), ...older.sort(byText)].flatMap((environment) => {
    const known = environments.find(({ name }) => name === environment)
    const targets = [...(places.get(environment) ?? new Map([['', {}]]))].sort(([a], [b]) => byText(a, b))
    return targets.map(([text, healths]): Column => {
      const target = text || null
      const here = (kind: string) => tallies[[kind, environment, text].join(tab)] ?? 0
      const all = Object.values<number>(healths).reduce((sum, n) => sum + n, 0)
      return {
        key: keyOf(environment, target),
        environment,
        target,
        protected: known?.protected ?? here('protected') > 0,
        automatic: here('automated') > all / 2,
        healths,
      }
    })
  })
}

/** Teams by name. */
export const teamsFrom = (tallies: Tallies): string[] =>
  Object.keys(tallies)
    .flatMap((name) => (name.startsWith(`team${tab}`) ? [name.slice(5)] : []))
    .sort(byText)

export const countsFrom = (tallies: Tallies, mine: number): MatrixPage['counts'] => ({
  mine,
  action: tallies.action ?? 0,
  behind: tallies.behind ?? 0,
  degraded: tallies.degraded ?? 0,
})

/** How many services fit, where that is known without counting. */
export function totalFrom(
  tallies: Tallies,
  { q, only, team, health }: MatrixFilter,
  environments: Environments,
): number | undefined {
  const marks = [
    ...(only === undefined ? [] : [only]),
    ...(team === undefined ? [] : [`team${tab}${team}`]),
    ...(health === undefined ? [] : [healthMark(health, environments)]),
  ]
  if (q !== undefined || only === 'mine' || marks.length > 1) return undefined
  return tallies[marks[0] ?? 'service'] ?? 0
}
