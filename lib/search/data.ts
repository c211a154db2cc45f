import 'server-only'
import { can, readScope, type Viewer } from '#lib/access/policy.ts'
import { containing, inScope, type Reader } from '#lib/catalog/data.ts'
import { paths } from '#lib/platform/paths.ts'
import { type ReleaseState, stateWords } from '#lib/releases/release.ts'

/** One line of the command palette; the shape that components/shell/palette-search.ts reads. */
export type SearchResult = {
  kind: 'service' | 'application' | 'release' | 'person'
  label: string
  hint?: string
  href: string
}

/** In all; each kind gets at most `perKindMax`. */
export const resultsMax = 20
const perKindMax = 8

type Row = { id: string; name: string; first: string | null; second: string | null }
type Where = { db: Reader; q: string; viewer: Viewer }

const between = (...parts: (string | null)[]) => parts.filter(Boolean).join(' · ')
const hinted = (hint: string) => (hint ? { hint } : {})

async function services({ db, q, viewer }: Where): Promise<SearchResult[]> {
  const scope = readScope(viewer)
  if (scope === 'none') return []
  const rows = await db.$queryRaw<Row[]>`
    SELECT a.service AS id, a.service AS name, max(a.team) AS first, NULL AS second FROM catalog.application a
    WHERE a.service ILIKE ${containing(q)} AND a.gone_at IS NULL AND ${inScope(scope)}
    GROUP BY a.service ORDER BY lower(a.service) = lower(${q}) DESC, starts_with(lower(a.service), lower(${q})) DESC, a.service
    LIMIT ${perKindMax}`
  return rows.map(({ name, first }) => ({
    kind: 'service',
    label: name,
    ...hinted(between(first)),
    href: paths.service(name),
  }))
}

async function applications({ db, q, viewer }: Where): Promise<SearchResult[]> {
  const scope = readScope(viewer)
  if (scope === 'none') return []
  const rows = await db.$queryRaw<Row[]>`
    SELECT a.id, a.name, a.project AS first, a.instance AS second FROM catalog.application a
    WHERE a.name ILIKE ${containing(q)} AND a.gone_at IS NULL AND ${inScope(scope)}
    ORDER BY starts_with(lower(a.name), lower(${q})) DESC, a.name, a.instance LIMIT ${perKindMax}`
  return rows.map(({ id, name, first, second }) => ({
    kind: 'application',
    label: name,
    ...hinted(between(first, second)),
    href: paths.application(id),
  }))
}

/** Releases by the beginning of their id, as it stands in links and messages. */
async function releases({ db, q, viewer }: Where): Promise<SearchResult[]> {
  const scope = readScope(viewer)
  if (scope === 'none' || !/^rel_[0-9a-z]*$/.test(q)) return []
  const rows = await db.$queryRaw<(Row & { state: ReleaseState })[]>`
    SELECT r.id, coalesce(a.service, a.name) AS name, a.environment AS first, NULL AS second, r.state
    FROM rel.release r JOIN catalog.application a ON a.id = r.application_id
    WHERE starts_with(r.id, ${q}) AND ${inScope(scope)} ORDER BY r.id DESC LIMIT ${perKindMax}`
  return rows.map(({ id, name, first, state }) => ({
    kind: 'release',
    label: first === null ? name : `${name} to ${first}`,
    hint: stateWords[state],
    href: paths.release(id),
  }))
}

/** People lead to what they did, so only whoever may read the log finds them. */
async function people({ db, q, viewer }: Where): Promise<SearchResult[]> {
  if (!can(viewer, 'read:log')) return []
  const rows = await db.$queryRaw<Row[]>`
    SELECT p.person_id AS id, p.name, NULL AS first, NULL AS second FROM access.person_detail p
    WHERE p.name ILIKE ${containing(q)} ORDER BY p.name LIMIT ${perKindMax}`
  return rows.map(({ id, name }) => ({ kind: 'person', label: name, href: paths.history({ person: id }) }))
}

/** What a few letters could mean, within what the viewer may see: at most `resultsMax`, services first. */
export async function search(db: Reader, viewer: Viewer, text: string): Promise<SearchResult[]> {
  const q = text.trim()
  if (q.length < 2) return []
  const where = { db, q, viewer }
  const found = await Promise.all([services(where), releases(where), applications(where), people(where)])
  return found.flat().slice(0, resultsMax)
}
