import 'server-only'
import { type ReadScope, readScope, type Viewer } from '#lib/access/policy.ts'
import { type Environments, inScope, type Reader } from '#lib/catalog/data.ts'
import { readNames, readServicesThen } from '#lib/past/data.ts'
import type { CellThen, RowThen } from '#lib/past/schema.ts'
import type { Plan, PlanDiff, PlanDocument } from '#lib/plans/plan.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { Prisma } from '#prisma/client/client.ts'
import {
  type ComparedRow,
  compareRows,
  countDifferences,
  type Difference,
  narrowed,
  type Only,
  type Side,
} from './comparison.ts'
import { scanMax } from './limits.ts'

export const pageSize = 50

export type Asked = {
  left: Side
  right: Side
  only: Only
  q?: string | undefined
  /** The last service of the page before. */
  after?: string | undefined
}

export type Comparison = {
  rows: ComparedRow[]
  counts: Record<Difference['kind'], number>
  /** The counts are of the first `scanMax` services only. */
  countsIncomplete: boolean
  /** Environments with their targets, in order, as they can be chosen. */
  places: { environment: string; targets: string[] }[]
  next?: string
}

type Scan = { rows: ComparedRow[]; last: string | undefined; more: boolean; read: RowThen[] }

async function scan(db: Reader, viewer: Viewer, now: Instant, environments: Environments, asked: Asked) {
  const scope = readScope(viewer)
  if (scope === 'none') return { rows: [], last: undefined, more: false, read: [] } satisfies Scan
  const { left, right, q, after } = asked
  const [leftAt, rightAt] = [left.at ?? now, right.at ?? now]
  const [, later = now] = [leftAt, rightAt].sort()
  const names = await readNames(db, scope, later, { q, after }, scanMax + 1)
  const services = names.slice(0, scanMax)
  const a = await readServicesThen(db, viewer, leftAt, environments, services)
  const b = leftAt === rightAt ? a : await readServicesThen(db, viewer, rightAt, environments, services)
  const rows = compareRows(services, { side: left, rows: a.rows }, { side: right, rows: b.rows })
  return {
    rows,
    last: services.at(-1),
    more: names.length > scanMax,
    read: a === b ? a.rows : [...a.rows, ...b.rows],
  } satisfies Scan
}

function placesIn(rows: readonly RowThen[], environments: Environments): Comparison['places'] {
  const found = new Map<string, Set<string>>(environments.map(({ name }) => [name, new Set()]))
  for (const [environment, cells] of rows.flatMap(({ cells }) => Object.entries(cells)))
    for (const { target } of cells) {
      const targets = found.get(environment) ?? new Set()
      if (target !== null) targets.add(target)
      found.set(environment, targets)
    }
  return [...found].map(([environment, targets]) => ({ environment, targets: [...targets].sort() }))
}

/**
 * Two sides laid beside each other, a page of services by name, within what the viewer may read now. `counts` leave
 * `only` and the page aside.
 */
export async function readComparison(
  db: Reader,
  viewer: Viewer,
  now: Instant,
  environments: Environments,
  asked: Asked,
): Promise<Comparison> {
  const all = await scan(db, viewer, now, environments, { ...asked, after: undefined })
  const { after } = asked
  const beyond = after === undefined ? -1 : all.rows.findIndex(({ service }) => service === after)
  // A cursor is a name of the page before; one behind the part that was counted, or by hand, is looked for itself.
  const here =
    after === undefined
      ? all
      : beyond >= 0 && !all.more
        ? { ...all, rows: all.rows.slice(beyond + 1) }
        : await scan(db, viewer, now, environments, asked)
  const wanted = narrowed(here.rows, asked.only)
  const rows = wanted.slice(0, pageSize)
  const next = wanted.length > pageSize ? rows.at(-1)?.service : here.more ? here.last : undefined
  return {
    rows,
    counts: countDifferences(all.rows),
    countsIncomplete: all.more,
    places: placesIn([...all.read, ...here.read], environments),
    ...(next !== undefined && { next }),
  }
}

/** All rows that are asked for, a part of the fleet at a time: for a file. */
export async function* allCompared(
  db: Reader,
  viewer: Viewer,
  now: Instant,
  environments: Environments,
  asked: Asked,
): AsyncGenerator<ComparedRow[]> {
  let after: string | undefined
  do {
    const part: Scan = await scan(db, viewer, now, environments, { ...asked, after })
    yield narrowed(part.rows, asked.only)
    after = part.more ? part.last : undefined
  } while (after !== undefined)
}

export type CommitBetween = { sha: string; subject: string; author: string; at: Instant | null }
/** `complete`: Git gave the whole list to a plan that led from one to the other; else what happens to be known. */
export type Between = { commits: CommitBetween[]; complete: boolean; why: string | null }

const same = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((each, at) => each === b[at])

/** A plan of one of the two that leads from the revisions of the one to those of the other. */
async function readPlanned(db: Db, left: CellThen, right: CellThen): Promise<Between | null> {
  const plans = await db.plan.findMany({
    where: { applicationId: { in: [left.application, right.application] } },
    select: { body: true, document: true },
    orderBy: { createdAt: 'desc' },
    take: 20,
  })
  for (const { body, document } of plans) {
    const plan: Plan = JSON.parse(Buffer.from(body).toString('utf8'))
    const leads = (from: CellThen, to: CellThen) =>
      same(plan.previous.revisions, from.revisions) && same(plan.revisions, to.revisions)
    if (!leads(left, right) && !leads(right, left)) continue
    const { commits, incomplete }: PlanDocument['commits'] = JSON.parse(
      Buffer.from(document).toString('utf8'),
    ).commits
    if (incomplete !== undefined) continue
    return {
      commits: commits.map(({ revision, subject, author, at }) => ({
        ...{ sha: revision, subject, author },
        at: at ?? null,
      })),
      complete: true,
      why: null,
    }
  }
  return null
}

type CommitRow = { sha: string; subject: string; author: string; at: Date }
const commit = ({ at, ...row }: CommitRow): CommitBetween => ({ ...row, at: instant(at) })
const mine = (scope: Exclude<ReadScope, 'none'>) =>
  scope === 'all' ? Prisma.sql`true` : Prisma.sql`c.project = ANY (${scope.projects})`

/** The most commits that are listed. */
const commitsMax = 100

/** The commits between what two applications ran, newest first: all of them, or those that are known. */
export async function readBetween(
  db: Db,
  viewer: Viewer,
  service: string,
  left: CellThen,
  right: CellThen,
): Promise<Between> {
  const scope = readScope(viewer)
  if (scope === 'none') return { commits: [], complete: false, why: null }
  const planned = await readPlanned(db, left, right)
  if (planned) return planned
  const ends = await db.$queryRaw<CommitRow[]>`
    SELECT DISTINCT ON (c.sha) c.sha, c.subject, c.author, c.at FROM catalog.commit c
    WHERE c.sha = ANY (${[...left.revisions, ...right.revisions]}) AND ${mine(scope)} ORDER BY c.sha`
  const ofSide = (cell: CellThen) => ends.filter(({ sha }) => cell.revisions.includes(sha))
  const newest = (cell: CellThen) => Math.max(...ofSide(cell).map(({ at }) => at.getTime()))
  if (ofSide(left).length === 0 || ofSide(right).length === 0)
    return {
      commits: ends.map(commit),
      complete: false,
      why: 'Countersign knows the commit of one side at most, so it cannot tell what lies between.',
    }
  const [from, to] = [newest(left), newest(right)].sort((a, b) => a - b)
  const rows = await db.$queryRaw<CommitRow[]>`
    SELECT * FROM (SELECT DISTINCT ON (c.sha) c.sha, c.subject, c.author, c.at FROM catalog.commit c
      WHERE c.application_id IN (SELECT a.id FROM catalog.application a WHERE a.service = ${service} AND ${inScope(scope)})
        AND c.at > ${instant(from ?? 0)}::timestamptz AND c.at <= ${instant(to ?? 0)}::timestamptz AND ${mine(scope)}
      ORDER BY c.sha) x ORDER BY x.at DESC, x.sha LIMIT ${commitsMax}`
  return {
    commits: rows.map(commit),
    complete: false,
    why: 'These are the commits that plans and applications of this service have named, by their dates. Git may have more.',
  }
}

/** What became of the wish to see the manifests of a pair; null: nobody asked, or it was too long ago. */
export type ManifestsAsked =
  | { state: 'asked' | 'rendering' }
  | { state: 'done'; diff: PlanDiff; at: Instant }
  | { state: 'failed'; problem: string }

/** For a pair that the viewer may read: both sides came from their own comparison. */
export async function readManifests(
  db: Reader,
  left: CellThen,
  right: CellThen,
): Promise<ManifestsAsked | null> {
  const [row] = await db.$queryRaw<
    { state: string; diff: PlanDiff | null; problem: string | null; at: Date }[]
  >`
    SELECT state, diff, problem, requested_at AS at FROM catalog.comparison
    WHERE left_application = ${left.application} AND left_revisions = ${left.revisions}
      AND right_application = ${right.application} AND right_revisions = ${right.revisions} AND expires_at > now()
    ORDER BY requested_at DESC LIMIT 1`
  if (!row) return null
  if (row.diff) return { state: 'done', diff: row.diff, at: instant(row.at) }
  if (row.problem !== null) return { state: 'failed', problem: row.problem }
  return { state: row.state === 'asked' ? 'asked' : 'rendering' }
}
