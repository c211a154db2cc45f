import 'server-only'
import { requireViewer } from '#lib/access/viewer.ts'
import { readSteps } from '#lib/past/data.ts'
import type { Moment } from '#lib/past/schema.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import { type CompareSearch, one, readAsked } from './asked.ts'
import { type ComparedRow, type Pair, pairKey } from './comparison.ts'
import {
  type Between,
  type Comparison,
  type ManifestsAsked,
  readBetween,
  readComparison,
  readManifests,
} from './data.ts'

type Search = Record<string, string | string[] | undefined>

export type OpenPair = { row: ComparedRow; pair: Pair; between: Between; manifests: ManifestsAsked | null }

export type ComparePage = {
  asked: CompareSearch
  found: Comparison
  now: Instant
  open: OpenPair | null
  /** Where both sides are of one moment in the past. */
  moment: Moment | null
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
