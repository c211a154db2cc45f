import { compareKeys, versionKey } from '#lib/catalog/version-key.ts'
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

export const differences = [
  'version',
  'images',
  'configuration',
  'only-left',
  'only-right',
  'cannot-tell',
  'same',
] as const satisfies readonly Difference['kind'][]

const sameSet = (a: readonly string[], b: readonly string[]) => {
  const [left, right] = [a.toSorted(), b.toSorted()]
  return left.length === right.length && left.every((each, at) => each === right[at])
}

/** Nothing is known to run there, and nobody can say that nothing did. */
const unknown = (cell: CellThen) => cell.deployedAt === null && cell.absence !== null

/** A version that is the start of a commit says nothing of its own. */
const isCommit = ({ version, revisions }: CellThen) =>
  version !== null && /^[0-9a-f]{7,}$/.test(version) && revisions.some((each) => each.startsWith(version))

/** The left seen from the right: "behind" says that the left runs an older version. */
export function differenceOf(left: CellThen | null, right: CellThen | null): Difference {
  if ((left && unknown(left)) || (right && unknown(right))) return { kind: 'cannot-tell' }
  const [a, b] = [left?.deployedAt ? left : null, right?.deployedAt ? right : null]
  if (!a || !b) return a ? { kind: 'only-left' } : b ? { kind: 'only-right' } : { kind: 'same' }
  const same = a.revisions.length > 0 && sameSet(a.revisions, b.revisions)
  if (a.version === null || b.version === null) return { kind: same ? 'same' : 'cannot-tell' }
  const imagesKnown = a.images.length > 0 && b.images.length > 0
  if (a.version !== b.version) {
    if (imagesKnown && sameSet(a.images, b.images) && isCommit(a) && isCommit(b))
      return { kind: 'configuration' }
    const order = compareKeys(versionKey(a.version), versionKey(b.version))
    return { kind: 'version', order: order === 'behind' || order === 'ahead' ? order : null }
  }
  if (imagesKnown && !sameSet(a.images, b.images)) return { kind: 'images' }
  if (a.revisions.length === 0 || b.revisions.length === 0) return { kind: 'cannot-tell' }
  return { kind: same ? 'same' : 'configuration' }
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

/** Lays the rows of both sides beside each other, in the order of `services`. One that is on neither side is left out. */
export function compareRows(
  services: readonly string[],
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

/** How many pairs differ how. */
export function countDifferences(rows: readonly ComparedRow[]): Record<Difference['kind'], number> {
  const counts = Object.fromEntries(differences.map((kind) => [kind, 0])) as Record<
    Difference['kind'],
    number
  >
  for (const { difference } of rows.flatMap(({ pairs }) => pairs)) counts[difference.kind] += 1
  return counts
}

/** What of the differences is asked for: every one that matters unless told; `all` shows what is equal, too. */
export type Only = 'all' | 'differences' | Difference['kind']

export const readOnly = (text: string | undefined): Only =>
  text === 'all' ? 'all' : (differences.find((each) => each === text) ?? 'differences')

/** Rows with the pairs that are asked for; without any, a row is left out. */
export function narrowed(rows: readonly ComparedRow[], only: Only): ComparedRow[] {
  if (only === 'all') return [...rows]
  const wanted = ({ difference: { kind } }: Pair) =>
    only === 'differences' ? kind !== 'same' : kind === only
  return rows.flatMap((row) => {
    const pairs = row.pairs.filter(wanted)
    return pairs.length > 0 ? [{ ...row, pairs }] : []
  })
}

/** How a pair is named in the address. */
export const pairKey = ({ left, right }: Pair): string =>
  `${left?.application ?? ''}~${right?.application ?? ''}`
