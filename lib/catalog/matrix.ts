import { type Relation, rankOf, ranks, relationOf } from './relation.ts'
import type { Column, MatrixFilter } from './schema.ts'

/** What the order, the filters and the counters of the matrix need of every application. */
export type Light = {
  id: string
  service: string
  environment: string
  target: string | null
  team: string | null
  tier: string | null
  version: string | null
  health: string
  coming: string
  problem: boolean
  protected: boolean
  automated: boolean
  planCommits: number | null
  /** Whether the text of the filter is found in it. */
  matches: boolean
  release?: { id: string; state: string; approved: number; required: number; mine: boolean } | undefined
}

export type Placed = { app: Light; relation: Relation | null; rank: number; mine: boolean }
export type Row = { service: string; rank: number; cells: Map<string, Placed[]> }

export const pageSize = 50

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const keyOf = (app: Pick<Light, 'environment' | 'target'>) =>
  app.target === null ? app.environment : `${app.environment}/${app.target}`

/**
 * One column for each environment in the configured order and each of its targets; what an older configuration
 * called otherwise comes last rather than not at all.
 */
export function columnsOf(
  apps: readonly Light[],
  environments: readonly { name: string; protected: boolean }[],
): Column[] {
  const names = [...new Set([...environments.map(({ name }) => name), ...apps.map((app) => app.environment)])]
  return names.flatMap((environment) => {
    const here = apps.filter((app) => app.environment === environment)
    const targets = [...new Set(here.map((app) => app.target))].sort((a, b) => byText(a ?? '', b ?? ''))
    const known = environments.find(({ name }) => name === environment)
    return (targets.length > 0 ? targets : [null]).map((target): Column => {
      const own = here.filter((app) => app.target === target)
      const healths: Record<string, number> = {}
      for (const { health } of own) healths[health] = (healths[health] ?? 0) + 1
      return {
        key: keyOf({ environment, target }),
        environment,
        target,
        protected: known?.protected ?? own.some((app) => app.protected),
        automatic: own.filter((app) => app.automated).length > own.length / 2,
        healths,
      }
    })
  })
}

/** The same service in the nearest environment before: the same target, else the one that has none. */
function beforeOf(app: Light, cells: ReadonlyMap<string, Light[]>, order: readonly string[]) {
  const earlier = order.slice(0, Math.max(order.indexOf(app.environment), 0)).reverse()
  for (const environment of earlier) {
    const found = cells.get(keyOf({ environment, target: app.target })) ?? cells.get(environment)
    const [only] = found ?? []
    if (only) return { environment, version: found?.length === 1 ? only.version : null }
  }
  return undefined
}

/** Every service with its applications in their places, worst first within a place. */
export function rowsOf(apps: readonly Light[], columns: readonly Column[]): Row[] {
  const order = [...new Set(columns.map(({ environment }) => environment))]
  const services = Map.groupBy(apps, (app) => app.service)
  return [...services].map(([service, own]) => {
    const cells = Map.groupBy(own, keyOf)
    const placed = own.map((app): Placed => {
      const relation = relationOf(app, beforeOf(app, cells, order))
      const mine = app.release?.mine === true
      return { app, relation, mine, rank: rankOf(app, relation, mine) }
    })
    placed.sort((a, b) => a.rank - b.rank || byText(a.app.id, b.app.id))
    return {
      service,
      rank: Math.min(...placed.map(({ rank }) => rank)),
      cells: Map.groupBy(placed, ({ app }) => keyOf(app)),
    }
  })
}

const applicationsOf = (row: Row): Placed[] => [...row.cells.values()].flat()
const isDegraded = ({ app }: Placed) => app.protected && app.health === 'Degraded'
const isBehind = ({ app, relation }: Placed) => app.protected && relation?.kind === 'behind'

/** How many services want what; counted over everything that somebody may see, whatever the filter. */
export function countsOf(rows: readonly Row[]) {
  const services = (wanted: (row: Row) => boolean) => rows.filter(wanted).length
  const some = (wanted: (placed: Placed) => boolean) => services((row) => applicationsOf(row).some(wanted))
  return {
    mine: services((row) => row.rank === ranks.mine),
    action: services((row) => row.rank <= ranks.action),
    behind: some(isBehind),
    degraded: some(isDegraded),
  }
}

function fits(row: Row, { q, only, team, health }: MatrixFilter): boolean {
  const all = applicationsOf(row)
  if (q !== undefined && !all.some(({ app }) => app.matches)) return false
  if (team !== undefined && !all.some(({ app }) => app.team === team)) return false
  if (only === 'mine' && row.rank !== ranks.mine) return false
  if (only === 'action' && row.rank > ranks.action) return false
  if (only === 'behind' && !all.some(isBehind)) return false
  if (only === 'degraded' && !all.some(isDegraded)) return false
  if (health === undefined) return true
  const at = health.lastIndexOf(':')
  const wanted = health.slice(at + 1)
  return row.cells.get(health.slice(0, at))?.some(({ app }) => app.health === wanted) === true
}

const cursorOf = (row: Row) => `${row.rank}.${row.service}`

/**
 * One page of what fits the filter. A page begins after a service, not at a number: a row that changes its place
 * neither repeats others nor hides them.
 */
export function pageOf(rows: readonly Row[], filter: MatrixFilter) {
  const order = (a: Row, b: Row) =>
    (filter.sort === 'name' ? 0 : a.rank - b.rank) || byText(a.service, b.service)
  const fitting = rows.filter((row) => fits(row, filter)).sort(order)
  const after = /^(\d)\.(.*)$/s.exec(filter.after ?? '')
  const last: Row | undefined = after
    ? { rank: Number(after[1]), service: after[2] ?? '', cells: new Map() }
    : undefined
  const first = last ? fitting.findIndex((row) => order(row, last) > 0) : 0
  const start = first === -1 ? fitting.length : first
  const page = fitting.slice(start, start + pageSize)
  const end = page.at(-1)
  const previous = fitting[start - pageSize - 1]
  return {
    total: fitting.length,
    from: start + 1,
    rows: page,
    ...(end && start + pageSize < fitting.length ? { next: cursorOf(end) } : {}),
    ...(start > 0 ? { previous: previous ? cursorOf(previous) : '' } : {}),
  }
}
