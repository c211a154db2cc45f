import 'server-only'
import { permissions, type ReadScope, type Viewer } from '#lib/access/policy.ts'
import { heldBy } from '#lib/freezes/data.ts'
import { pausedMark } from '#lib/pauses/pause.ts'
import type { PlanRollback } from '#lib/plans/plan.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { Occasion } from '#lib/rollbacks/rollback.ts'
import type { Prisma } from '#prisma/client/client.ts'
import type { ReleaseAuthor } from './author.ts'
import type { ReleasePolicy } from './policy.ts'
import type { Decision, DecisionKind, Release, ReleaseState } from './release.ts'

const person = { person: { select: { detail: { select: { name: true } } } } } as const

const own = {
  ...{ id: true, state: true, planDigest: true, requesterAccount: true, requesterPerson: true },
  ...{ requiredApprovals: true, policy: true, notAfter: true },
} as const
const where = { id: true, name: true, project: true, service: true, environment: true } as const
const decided = {
  ...{ personId: true, accountId: true, kind: true, comment: true, createdAt: true, groups: true },
} as const

const wrote = { role: true, name: true, address: true, revision: true, personId: true, known: true } as const

/** Everything the rules need of a release. */
export const ruleSelect = {
  ...own,
  application: { select: where },
  requester: { select: person },
  authors: { select: wrote, orderBy: { n: 'asc' } },
  decisions: { select: { ...decided, account: { select: person } }, orderBy: { createdAt: 'asc' } },
} satisfies Prisma.ReleaseSelect

type Row = Prisma.ReleaseGetPayload<{ select: typeof ruleSelect }>

/** A name may have been erased; the pseudonym stays and is shown as such. */
const nameOf = (account: { person: { detail: { name: string } | null } }, personId: string): string =>
  account.person.detail?.name ?? personId

export function toRelease(row: Row): Release {
  const policy = row.policy as Partial<ReleasePolicy>
  return {
    id: row.id,
    state: row.state as ReleaseState,
    planDigest: row.planDigest,
    requester: {
      account: row.requesterAccount,
      person: row.requesterPerson,
      name: nameOf(row.requester, row.requesterPerson),
    },
    requiredApprovals: row.requiredApprovals,
    policy,
    ...(policy.groups && { groups: policy.groups }),
    authors: row.authors.map(({ personId, ...each }) => ({ ...each, person: personId }) as ReleaseAuthor),
    notAfter: instant(row.notAfter),
    application: {
      id: row.application.id,
      name: row.application.name,
      project: row.application.project,
      service: row.application.service ?? row.application.name,
      environment: row.application.environment ?? '',
    },
    decisions: row.decisions.map(
      (d): Decision => ({
        person: d.personId,
        account: d.accountId,
        name: nameOf(d.account, d.personId),
        kind: d.kind as DecisionKind,
        at: instant(d.createdAt),
        groups: d.groups,
        ...(d.comment ? { comment: d.comment } : {}),
      }),
    ),
  }
}

/** The release that went stale last, if nothing was released since: a newer request takes its place. */
export async function staleBefore(
  db: Db | Tx,
  application: string,
): Promise<{ id: string; reason: string; ticket: string | null } | null> {
  const last = await db.release.findFirst({
    where: { applicationId: application },
    select: { id: true, state: true, reason: true, ticket: true, rollbackTo: true },
    orderBy: { id: 'desc' },
  })
  return last?.state === 'stale' && last.rollbackTo === null
    ? { id: last.id, reason: last.reason, ticket: last.ticket }
    : null
}

/** Names of people by id, as far as they were not erased. */
export async function namesOf(db: Db | Tx, people: readonly string[]): Promise<Map<string, string>> {
  const found = await db.personDetail.findMany({
    where: { personId: { in: [...people] } },
    select: { personId: true, name: true },
  })
  return new Map(found.map(({ personId, name }) => [personId, name]))
}

/**
 * The release for the rules, under a row lock: whoever decides, withdraws, claims or sends on it waits for us. Null
 * when there is none. One statement after another: a transaction has one connection, which takes one at a time.
 */
export async function lockRelease(tx: Tx, id: string): Promise<Release | null> {
  const locked = await tx.$queryRaw<
    { id: string }[]
  >`SELECT id FROM rel.release WHERE id = ${id} FOR NO KEY UPDATE`
  if (locked.length === 0) return null
  const row = await tx.release.findUniqueOrThrow({ where: { id }, select: { ...own, applicationId: true } })
  const { applicationId, requesterPerson } = row
  const application = await tx.application.findUniqueOrThrow({ where: { id: applicationId }, select: where })
  const decisions = await tx.decision.findMany({
    where: { releaseId: id },
    select: decided,
    orderBy: { createdAt: 'asc' },
  })
  const authors = await tx.releaseAuthor.findMany({
    where: { releaseId: id },
    select: wrote,
    orderBy: { n: 'asc' },
  })
  const names = await namesOf(tx, [requesterPerson, ...decisions.map(({ personId }) => personId)])
  const named = (id: string) => ({ person: { detail: { name: names.get(id) ?? id } } })
  return toRelease({
    ...row,
    application,
    authors,
    requester: named(requesterPerson),
    decisions: decisions.map((each) => ({ ...each, account: named(each.personId) })),
  })
}

export type ReleaseRollback = PlanRollback & { occasion: Occasion }

/** A release as lists and its page show it. `version` is what its plan brings; `from` is null where nothing ran. */
export type ReleaseRow = Release & {
  version: { from: string | null; to: string }
  target: string | null
  instance: string
  reason: string
  ticket: string | null
  /** Why it takes more people than the policy names. */
  raised: string[]
  /** The stale release in whose place it stands. */
  supersedes: string | null
  /** What it goes back to, if it is a rollback. */
  rollback: ReleaseRollback | null
  createdAt: Instant
  waitingFor: string | null
  ending: string | null
  approvedAt: Instant | null
  syncedAt: Instant | null
  finishedAt: Instant | null
}

const rowSelect = {
  ...ruleSelect,
  application: { select: { ...where, target: true, instanceName: true } },
  reason: true,
  ticket: true,
  raised: true,
  supersedes: true,
  ...{ rollbackTo: true, occasion: true, occasionRef: true, harmRelease: true },
  createdAt: true,
  waitingFor: true,
  ending: true,
  approvedAt: true,
  syncedAt: true,
  finishedAt: true,
} satisfies Prisma.ReleaseSelect

/** Which releases somebody may see, as a condition; null when none. */
function inScope(scope: ReadScope): Prisma.ReleaseWhereInput | null {
  if (scope === 'none') return null
  return scope === 'all' ? {} : { application: { project: { in: scope.projects } } }
}

async function readRows(
  db: Db | Tx,
  query: {
    where: Prisma.ReleaseWhereInput
    orderBy: Prisma.ReleaseOrderByWithRelationInput | Prisma.ReleaseOrderByWithRelationInput[]
    take: number
  },
): Promise<ReleaseRow[]> {
  const rows = await db.release.findMany({ ...query, select: rowSelect })
  const digests = [...new Set(rows.map((row) => row.planDigest))]
  // Documents hold whole diffs; only their version leaves Postgres.
  const versions = await db.$queryRaw<
    { digest: string; version: ReleaseRow['version'] | null; rollback: PlanRollback | null }[]
  >`
    SELECT digest, convert_from(document, 'UTF8')::json -> 'version' AS version,
      convert_from(document, 'UTF8')::json -> 'rollback' AS rollback FROM rel.plan WHERE digest = ANY(${digests})`
  const versionOf = new Map(versions.map(({ digest, ...said }) => [digest, said]))
  const paused = rows.filter(({ waitingFor }) => waitingFor === pausedMark)
  const held = await heldBy(
    db,
    paused.map(({ application }) => application.id),
  )
  const moment = (date: Date | null) => (date ? instant(date) : null)
  return rows.map((row) => ({
    ...toRelease(row),
    version: versionOf.get(row.planDigest)?.version ?? { from: null, to: row.planDigest.slice(0, 7) },
    target: row.application.target,
    instance: row.application.instanceName,
    reason: row.reason,
    ticket: row.ticket,
    raised: row.raised,
    supersedes: row.supersedes,
    rollback: rollbackOf(row, versionOf.get(row.planDigest)?.rollback ?? null),
    createdAt: instant(row.createdAt),
    waitingFor: row.waitingFor === pausedMark ? (held.get(row.application.id) ?? null) : row.waitingFor,
    ending: row.ending,
    approvedAt: moment(row.approvedAt),
    syncedAt: moment(row.syncedAt),
    finishedAt: moment(row.finishedAt),
  }))
}

function rollbackOf(
  row: Pick<
    Prisma.ReleaseGetPayload<{ select: typeof rowSelect }>,
    'occasion' | 'occasionRef' | 'harmRelease'
  >,
  plan: PlanRollback | null,
): ReleaseRollback | null {
  if (!plan || !row.occasion) return null
  const occasion: Occasion = row.harmRelease
    ? { kind: 'release', release: row.harmRelease }
    : { kind: row.occasion === 'ticket' ? 'ticket' : 'incident', name: row.occasionRef ?? '' }
  return { ...plan, occasion }
}

/** What no rule maps to a service goes by its own name, as everywhere else. */
const ofService = (service: string): Prisma.ReleaseWhereInput => ({
  OR: [{ application: { service } }, { application: { service: null, name: service } }],
})

export type ReleaseFilter = {
  states?: readonly ReleaseState[] | undefined
  application?: string | undefined
  service?: string | undefined
}

/** Releases newest first, `limit` (at most 200) a page; go on with `before: next`. */
export async function listReleases(
  db: Db | Tx,
  scope: ReadScope,
  filter: ReleaseFilter,
  { before, limit = 50 }: { before?: string | undefined; limit?: number | undefined } = {},
): Promise<{ releases: ReleaseRow[]; next?: string }> {
  const seen = inScope(scope)
  if (!seen) return { releases: [] }
  const count = Math.min(Math.max(limit, 1), 200)
  const rows = await readRows(db, {
    where: {
      AND: [seen, ...(filter.service === undefined ? [] : [ofService(filter.service)])],
      ...(filter.states && { state: { in: [...filter.states] } }),
      ...(filter.application && { applicationId: filter.application }),
      ...(before && { id: { lt: before } }),
    },
    orderBy: { id: 'desc' },
    take: count + 1,
  })
  const releases = rows.slice(0, count)
  const last = releases.at(-1)
  return rows.length > count && last ? { releases, next: last.id } : { releases }
}

/** `requester` asked for it; `near` might decide on it, on which `mayDecide` has the last word. */
export type OpenFilter = { states?: readonly ReleaseState[]; requester?: string; near?: Viewer | undefined }
const openWhere = (seen: Prisma.ReleaseWhereInput, { states, requester, near: by }: OpenFilter) => ({
  AND: [seen, ...(by ? [near(by)] : [])],
  finishedAt: null,
  ...(states && { state: { in: [...states] } }),
  ...(requester && { requesterPerson: requester }),
})

/** Open releases, what expires first first, `limit` from after a key on. */
export async function listOpenReleases(
  db: Db | Tx,
  scope: ReadScope,
  filter: OpenFilter,
  { after, limit }: { after?: { notAfter: Instant; id: string } | undefined; limit: number },
): Promise<ReleaseRow[]> {
  const seen = inScope(scope)
  if (!seen) return []
  const key = after && { NOT: { notAfter: after.notAfter, id: { lte: after.id } } }
  const later = after && key ? [{ notAfter: { gte: after.notAfter } }, key] : []
  return readRows(db, {
    where: { AND: [openWhere(seen, filter), ...later] },
    orderBy: [{ notAfter: 'asc' }, { id: 'asc' }],
    take: limit,
  })
}

/** How many open releases there are of a kind. */
export async function countOpenReleases(db: Db | Tx, scope: ReadScope, filter: OpenFilter): Promise<number> {
  const seen = inScope(scope)
  return seen ? db.release.count({ where: openWhere(seen, filter) }) : 0
}

/** More than anybody decides on in a day: a number beside the inbox counts no further. */
export const awaitingMax = 200
/**
 * What still waits for people, what expires first first, at most `awaitingMax`: for approval or, when asked for, in
 * review. With `by`, without what this viewer asked for themselves or could decide nowhere near.
 */
export async function listAwaiting(
  db: Db | Tx,
  scope: ReadScope,
  states: readonly ReleaseState[] = ['requested'],
  by?: Viewer,
): Promise<Release[]> {
  const seen = inScope(scope)
  if (!seen) return []
  const rows = await db.release.findMany({
    where: openWhere(seen, { states, near: by }),
    select: ruleSelect,
    orderBy: { notAfter: 'asc' },
    take: awaitingMax,
  })
  return rows.map(toRelease)
}

/** Where the grants of somebody let them decide; `mayDecide` has the last word. */
function near({ personId, grants }: Viewer): Prisma.ReleaseWhereInput {
  const deciding = grants.filter(({ role }) =>
    (permissions[role] as readonly string[]).includes('decide:release'),
  )
  return {
    OR: deciding.map(({ projects, environments }) => ({
      application: {
        ...(projects && { project: { in: projects } }),
        ...(environments && { environment: { in: environments } }),
      },
    })),
    NOT: { state: 'requested', requesterPerson: personId },
  }
}

/** One release with all that its page says, or null. */
export async function getReleaseRow(db: Db | Tx, id: string): Promise<ReleaseRow | null> {
  const [row] = await readRows(db, { where: { id }, orderBy: { id: 'desc' }, take: 1 })
  return row ?? null
}
