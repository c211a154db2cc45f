import semver from 'semver'
import type { CellThen, RowThen } from '#lib/past/schema.ts'
import type { Instant } from '#lib/platform/clock.ts'

/** What is laid beside another: an environment, one of its targets or all, now or at a moment. */
export type Side = { environment: string; target: string | null; at: Instant | null }

/**
 * How two applications differ: `version` before `images` before `configuration`, the first that holds. `configuration`
 * is what runs the same images from another revision.
 */
export type Difference =
  | { kind: 'same' }
  | { kind: 'version'; order: 'behind' | 'ahead' | null }
  | { kind: 'images' }
  | { kind: 'configuration' }
  | { kind: 'only-left' }
  | { kind: 'only-right' }
  | { kind: 'cannot-tell' }

export type Pair = { left: CellThen | null; right: CellThen | null; difference: Difference }
export type ComparedRow = { service: string; team: string | null; tier: string | null; pairs: Pair[] }

/** `prod`, or `prod/eu` for one target. */
export function readSide(text: string | undefined, at: Instant | null): Side | undefined {
  if (!text) return undefined
  const [environment = '', ...rest] = text.split('/')
  return environment ? { environment, target: rest.length > 0 ? rest.join('/') : null, at } : undefined
}

export const writeSide = ({ environment, target }: Pick<Side, 'environment' | 'target'>): string =>
  target === null ? environment : `${environment}/${target}`

const sameSet = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && [...a].sort().every((each, at) => each === [...b].sort()[at])

/** The left seen from the right: "behind" says that the left runs an older version. */
export function differenceOf(left: CellThen | null, right: CellThen | null): Difference {
  if (!left || !right) return left ? { kind: 'only-left' } : right ? { kind: 'only-right' } : { kind: 'same' }
  if (left.deployedAt === null && right.deployedAt === null) return { kind: 'cannot-tell' }
  if (left.deployedAt === null) return { kind: 'only-right' }
  if (right.deployedAt === null) return { kind: 'only-left' }
  if (left.version === null || right.version === null) return { kind: 'cannot-tell' }
  if (left.version !== right.version) {
    const [a, b] = [semver.parse(left.version), semver.parse(right.version)]
    const order = a && b ? semver.compare(a, b) : 0
    return { kind: 'version', order: order < 0 ? 'behind' : order > 0 ? 'ahead' : null }
  }
  if (left.images.length > 0 && right.images.length > 0 && !sameSet(left.images, right.images))
    return { kind: 'images' }
  return sameSet(left.revisions, right.revisions) ? { kind: 'same' } : { kind: 'configuration' }
}

const inside = (side: Side) => (cell: CellThen) => side.target === null || cell.target === side.target

/** Pairs by target where both have it; one without a target stands against each of the other side. */
function pairsOf(left: CellThen[], right: CellThen[]): [CellThen | null, CellThen | null][] {
  const [a, b] = [left[0], right[0]]
  if (a && left.length === 1 && right.length > 1 && a.target === null) return right.map((one) => [a, one])
  if (b && right.length === 1 && left.length > 1 && b.target === null) return left.map((one) => [one, b])
  if (a && b && left.length === 1 && right.length === 1) return [[a, b]]
  const rest = [...right]
  const pairs = left.map((one): [CellThen | null, CellThen | null] => {
    const at = rest.findIndex((other) => other.target === one.target)
    return [one, at < 0 ? null : (rest.splice(at, 1)[0] ?? null)]
  })
  return [...pairs, ...rest.map((one): [null, CellThen] => [null, one])]
}

/** Lays the rows of both sides beside each other, by service. A service that is on neither side is left out. */
export function compareRows(
  left: { side: Side; rows: readonly RowThen[] },
  right: { side: Side; rows: readonly RowThen[] },
): ComparedRow[] {
  const of = ({ side, rows }: typeof left) =>
    new Map(
      rows.map((row) => [
        row.service,
        { row, cells: (row.cells[side.environment] ?? []).filter(inside(side)) },
      ]),
    )
  const [lefts, rights] = [of(left), of(right)]
  const services = [...new Set([...lefts.keys(), ...rights.keys()])].sort()
  return services.flatMap((service) => {
    const [a, b] = [lefts.get(service), rights.get(service)]
    const pairs = pairsOf(a?.cells ?? [], b?.cells ?? []).map(([one, other]) => ({
      left: one,
      right: other,
      difference: differenceOf(one, other),
    }))
    const row = a?.row ?? b?.row
    return row && pairs.length > 0 ? [{ service, team: row.team, tier: row.tier, pairs }] : []
  })
}
