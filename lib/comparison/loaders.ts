import 'server-only'
import { requireViewer } from '#lib/access/viewer.ts'
import { readSteps } from '#lib/past/data.ts'
import { readMoment } from '#lib/past/moment.ts'
import type { Moment } from '#lib/past/schema.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import {
  type ComparedRow,
  type Only,
  type Pair,
  pairKey,
  readOnly,
  readSide,
  type Side,
} from './comparison.ts'
import {
  type Between,
  type Comparison,
  type ManifestsAsked,
  readBetween,
  readComparison,
  readManifests,
} from './data.ts'

type Search = Record<string, string | string[] | undefined>

/** What the address of the page asks for, as it was understood. */
export type CompareSearch = {
  left: Side
  right: Side
  only: Only
  q: string | undefined
  after: string | undefined
  /** Moments that could not be read, in words. */
  problems: string[]
}

export type OpenPair = { row: ComparedRow; pair: Pair; between: Between; manifests: ManifestsAsked | null }

export type ComparePage = {
  asked: CompareSearch
  found: Comparison
  now: Instant
  open: OpenPair | null
  /** Where both sides are of one moment in the past. */
  moment: Moment | null
}

const lengthMax = 300
const one = (search: Search, name: string) =>
  [search[name]].flat()[0]?.replaceAll('\0', '').trim().slice(0, lengthMax) || undefined

/**
 * Two sides by an address: the last two environments unless told, at the moment of `at` unless a side has its own.
 */
export function readAsked(search: Search, environments: readonly string[], now: Instant): CompareSearch {
  const at = readMoment(one(search, 'at'), now)
  const moment = (name: string) => (one(search, name) === undefined ? at : readMoment(one(search, name), now))
  const [leftAt, rightAt] = [moment('leftAt'), moment('rightAt')]
  const [before = 'staging', last = 'prod'] = environments.slice(-2)
  const side = (name: string, otherwise: string, when: Instant | undefined): Side =>
    readSide(one(search, name), when ?? null) ?? { environment: otherwise, target: null, at: when ?? null }
  return {
    left: side('left', before, leftAt.at),
    right: side('right', last, rightAt.at),
    only: readOnly(one(search, 'only')),
    q: one(search, 'q'),
    after: one(search, 'after'),
    problems: [...new Set([leftAt.problem, rightAt.problem].flatMap((each) => each ?? []))],
  }
}

/** The page that lays two sides beside each other. */
export async function loadComparison(search: Search): Promise<ComparePage> {
  const viewer = await requireViewer()
  const now = clock.now()
  const db = getDb()
  const { environments } = getConfig().catalog
  const asked = readAsked(
    search,
    environments.map(({ name }) => name),
    now,
  )
  const found = await readComparison(db, viewer, now, environments, asked)
  const services = found.rows.map(({ service }) => service)
  const at = asked.left.at !== null && asked.left.at === asked.right.at ? asked.left.at : null
  const moment = at === null ? null : { at, now, ...(await readSteps(db, viewer, at, services)) }
  const page = { asked, found, now, moment }
  const wanted = one(search, 'pair')
  for (const row of found.rows)
    for (const pair of row.pairs)
      if (pairKey(pair) === wanted && pair.left && pair.right) {
        const between = await readBetween(db, viewer, row.service, pair.left, pair.right)
        const manifests = await readManifests(db, pair.left, pair.right)
        return { ...page, open: { row, pair, between, manifests } }
      }
  return { ...page, open: null }
}
