import { type Relation, rankOf, relationOf } from './relation.ts'
import { keyOf as keyOfPlace, type Tallies } from './tally.ts'

export type Environments = readonly { name: string; protected: boolean }[]

/** What the relation and the place of one application need. */
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
  rolledBack?: boolean | null
  release?: { id: string; state: string; approved: number; required: number; mine: boolean } | undefined
}

export type Placed = { app: Light; relation: Relation | null; rank: number; mine: boolean }
export type Row = { service: string; rank: number; cells: Map<string, Placed[]> }

export const pageSize = 50

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const keyOf = (app: Pick<Light, 'environment' | 'target'>) => keyOfPlace(app.environment, app.target)

/** What these applications add to the columns (lib/catalog/tally.ts). */
export function talliesOf(apps: readonly Light[]): Tallies {
  const tallies: Tallies = {}
  for (const { environment, target, health, automated, ...app } of apps) {
    const place = [environment, target ?? '']
    const names = [['health', ...place, health], ...(automated ? [['automated', ...place]] : [])]
    if (app.protected) names.push(['protected', ...place])
    for (const name of names.map((each) => each.join('\t'))) tallies[name] = (tallies[name] ?? 0) + 1
  }
  return tallies
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
export function rowsOf(apps: readonly Light[], environments: Environments): Row[] {
  const order = [...new Set([...environments.map(({ name }) => name), ...apps.map((app) => app.environment)])]
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
