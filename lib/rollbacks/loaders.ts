import 'server-only'
import { cache } from 'react'
import { loadPeople } from '#lib/access/loaders.ts'
import { can, type Viewer } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { shortRevision } from '#lib/manifests/images.ts'
import { getPlan, readEvidence, withEvidence } from '#lib/plans/data.ts'
import type { PlanDiff } from '#lib/plans/plan.ts'
import type { Instant } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import { getDb } from '#lib/platform/context.ts'
import type { Db } from '#lib/platform/db.ts'
import { authorsOfPlan, rulesInForce } from '#lib/policies/data.ts'
import { authorProblem } from '#lib/releases/author.ts'
import { approverGroups, peopleOf } from '#lib/releases/people.ts'
import { policyFor, requiredBy } from '#lib/releases/policy.ts'
import { missingGroups } from '#lib/releases/quorum.ts'
import { prospects, quorumOf, type Release } from '#lib/releases/release.ts'
import { explainRequest, mayRequest } from '#lib/releases/request.ts'
import { getRan, offeredPlan, preparedOf, readRan } from './data.ts'
import type { ReleaseBack, RollbackOffer, WaysBack } from './offer.ts'
import { explainNoWayBack, noWayBack, type Ran, wayBack } from './rollback.ts'

/** What people call a deployment: its version, or the start of its revision. */
const called = ({ version, revisions }: Ran): string =>
  version ?? (revisions.map(shortRevision).join(', ') || 'unknown')

function changesOf(diff: PlanDiff | undefined): RollbackOffer['changes'] {
  if (diff?.kind !== 'known') return null
  const changed = diff.resources.filter(({ change }) => change !== 'unchanged' && change !== 'left-behind')
  return {
    resources: changed.length,
    risky: changed.filter(({ risks }) => risks.length > 0).length,
    leftBehind: diff.resources.filter(({ change }) => change === 'left-behind').length,
  }
}

/** The way back of an application to one of its deployments, or null: none such, or not theirs to read. */
export async function readOffer(
  { db, config }: { db: Db; config: Pick<Config, 'access' | 'policies'> },
  viewer: Viewer,
  id: string,
  deployment: string,
  now: Instant,
): Promise<RollbackOffer | null> {
  const row = await db.application.findUnique({ where: { id } })
  if (!row || !can(viewer, 'read', { project: row.project })) return null
  const [target, newest, [prepared], open, people] = await Promise.all([
    getRan(db, id, deployment),
    readRan(db, id),
    preparedOf(db, id, { deployment }),
    db.release.findFirst({ where: { applicationId: id, finishedAt: null }, select: { id: true } }),
    loadPeople(db, config.access),
  ])
  if (!target) return null
  const current = newest[0] ?? null
  const none = noWayBack(target, current)
  const offered = none ? { digest: null, proven: false } : await offeredPlan(db, row, deployment)
  const stored = offered.digest ? await getPlan(db, offered.digest) : null
  const [service, environment] = [row.service ?? row.name, row.environment ?? '']
  const policy = policyFor(await rulesInForce(db, config.policies), {
    environment,
    service,
    project: row.project,
    back: offered.proven,
  })
  const evidence = stored && (await readEvidence(db, row, stored.document.environments ?? [], now))
  const plan = stored && evidence && withEvidence(stored, evidence, policy.checks, now)
  const authors = policy.excludeAuthors && plan ? await authorsOfPlan(db, plan.digest) : null
  const refused = mayRequest(
    {
      ...row,
      ...{ gone: row.goneAt !== null, planDigest: offered.digest, seen: offered.digest, rollback: true },
      ...{ checks: plan?.document.checks ?? null, openRelease: open?.id ?? null },
      authors: plan ? authorProblem(policy, authors) : null,
    },
    viewer,
  )
  const { required, raised } = requiredBy(policy, {
    unknownAuthors: authors?.some(({ known }) => !known) ?? false,
    diff: plan?.document.diff,
  })
  const asked: Release = {
    ...{ id: '', state: 'requested', planDigest: offered.digest ?? '', decisions: [], notAfter: now },
    requester: { account: viewer.accountId, person: viewer.personId, name: viewer.name },
    ...{ requiredApprovals: required, groups: policy.groups, authors: authors ?? [] },
    application: { id, name: row.name, project: row.project, service, environment },
  }
  const answered = prepared?.problem && (prepared.preparedAt ?? '') >= (prepared.askedAt ?? '')
  const why = none ? explainNoWayBack(none) : answered ? prepared.problem : null
  return {
    deployment,
    version: called(target),
    running: row.version,
    ...{ from: target.from, to: target.to, broughtBy: target.release?.id ?? null },
    ended: target.release?.state ?? null,
    harm: current?.release?.id ?? null,
    state: why ? 'impossible' : plan ? 'ready' : 'preparing',
    why,
    plan: plan?.digest ?? null,
    changes: changesOf(plan?.document.diff),
    changed: plan?.document.rollback?.changed ?? [],
    failing: (plan?.document.checks ?? []).filter(({ result }) => result !== 'pass'),
    approvals: required,
    groups: missingGroups(quorumOf(asked), []),
    raised,
    people: peopleOf(asked, people, viewer, approverGroups(config.access.grants, asked.application), now),
    impossible: prospects(asked, people, now).impossible ?? null,
    ticketRequired: policy.ticket === 'required',
    refusal: refused.ok || !plan ? null : explainRequest(refused.refusal),
  }
}

/** What the page of an application or of a release offers to go back to; null where nobody takes releases. */
export async function readWaysBack(db: Db, viewer: Viewer, id: string): Promise<WaysBack | null> {
  const row = await db.application.findUnique({ where: { id } })
  if (!row?.protected || row.goneAt || !can(viewer, 'read', { project: row.project })) return null
  const [newest, open] = await Promise.all([
    readRan(db, id),
    db.release.findFirst({ where: { applicationId: id, finishedAt: null }, select: { id: true } }),
  ])
  const best = wayBack(newest)
  const environment = row.environment ?? ''
  const may = !viewer.service && can(viewer, 'request:release', { project: row.project, environment })
  const refusal = !may
    ? explainRequest({ code: 'may-not-request', environment })
    : open
      ? explainRequest({ code: 'already-open', release: open.id })
      : undefined
  return {
    application: id,
    service: row.service ?? row.name,
    place: [environment, row.target].filter(Boolean).join(' '),
    current: newest[0]
      ? { uid: newest[0].uid, revisions: newest[0].revisions, halfway: newest[0].halfway }
      : null,
    best: best && {
      ...{ deployment: best.id, version: called(best), from: best.from, release: best.release?.id ?? null },
    },
    refusal,
  }
}

export const loadWaysBack = cache(
  async (application: string): Promise<WaysBack | null> =>
    readWaysBack(getDb(), await requireViewer(), application),
)

const newestOf = (applicationId: string) =>
  ({ where: { applicationId }, select: { id: true }, orderBy: { id: 'desc' } }) as const

/** The ways back from and to what a release brought; null where it brought nothing, or is not over. */
export async function readReleaseBack(
  db: Db,
  viewer: Viewer,
  release: { id: string; state: string; finishedAt: Instant | null; application: { id: string } },
): Promise<ReleaseBack | null> {
  if (!release.finishedAt) return null
  const brought = await db.deployment.findFirst({
    where: { releaseId: release.id },
    select: { id: true },
    orderBy: { deployedAt: 'desc' },
  })
  const ways = brought && (await readWaysBack(db, viewer, release.application.id))
  const ran = brought && (await getRan(db, release.application.id, brought.id))
  if (!brought && release.state === 'failed') {
    const found = await readWaysBack(db, viewer, release.application.id)
    // Only from the sync that failed last.
    const last = found?.current?.halfway ? await db.release.findFirst(newestOf(release.application.id)) : null
    return found && last?.id === release.id
      ? { ways: found, deployment: '', version: '', runs: true, refusal: undefined }
      : null
  }
  if (!ways || !ran) return null
  const none = noWayBack(ran, ways.current)
  return {
    ways,
    deployment: ran.id,
    version: called(ran),
    runs: ran.to === null,
    refusal: none ? explainNoWayBack(none) : undefined,
  }
}
