import 'server-only'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import { loadPeople } from '#lib/access/loaders.ts'
import { can, type Viewer } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import { type DiffLook, type RowPage, rowOfLine, rowPage } from '#lib/manifests/rows.ts'
import { clock, type Instant, instant } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import type { Db } from '#lib/platform/db.ts'
import { authorsOfPlan, rulesInForce } from '#lib/policies/data.ts'
import { authorProblem } from '#lib/releases/author.ts'
import { listReleases, type ReleaseRow, staleBefore } from '#lib/releases/data.ts'
import { argoCdLink, linkWindow, type SignalLink, signalLinks } from '#lib/releases/links.ts'
import { type LoaderContext, type RunningView, runningOf } from '#lib/releases/loaders.ts'
import { approverGroups, type PersonView, peopleOf } from '#lib/releases/people.ts'
import { policyFor, requiredBy } from '#lib/releases/policy.ts'
import { missingGroups } from '#lib/releases/quorum.ts'
import { prospects, quorumOf, type Release } from '#lib/releases/release.ts'
import { explainRequest, mayRequest, type RequestRefusal } from '#lib/releases/request.ts'
import { standardChangeFor } from '#lib/standard-changes/data.ts'
import { limitProblem } from '#lib/standard-changes/standard-change.ts'
import { getPlan, getPlanObject, readEvidence, type StoredPlan, withEvidence } from './data.ts'

export type ApplicationView = {
  application: {
    id: string
    name: string
    namespace: string
    project: string
    service: string | null
    environment: string | null
    target: string | null
    team: string | null
    protected: boolean
    automated: boolean
    unmappedReason: string | null
    coming: string
    comingReason: string | null
    deployedAt: Instant | null
    /** What runs is what the last release, a rollback, brought back. */
    rolledBack: boolean
    healthSince: Instant | null
    gone: boolean
    problem: string | null
  }
  running: RunningView
  /** What Argo CD itself said last; null before it was read for the first time. */
  observed: ObservedApplication | null
  /** Its checks are answered by what is known now. */
  plan: StoredPlan | null
  /** The application in the environment before, whose state the checks look at. */
  before: string | null
  planProblem: string | null
  planCheckedAt: Instant | null
  request: {
    /** Why the viewer cannot ask for a release of this plan; undefined when they can. */
    refusal: { code: RequestRefusal['code']; words: string } | undefined
    openRelease: string | null
    approvals: number
    /** Why more people than the policy names. */
    raised: string[]
    /** The stale release in whose place a new one would stand, with the reason it had. */
    supersedes: { id: string; reason: string; ticket: string | null } | null
    /** What the quorum asks for by group, in words; empty when any approvers will do. */
    groups: string
    /** Who could approve it if the viewer asked, and everybody else with the reason why not. */
    people: PersonView[]
    /** What would still be missing if all of them did; undefined when they are enough. */
    impossible: string | undefined
    ticketRequired: boolean
    /** The standard change in force here, and why this plan may not go under it; null when there is none. */
    standardChange: { id: string; signers: string[]; problem: string | null } | null
  }
  releases: ReleaseRow[]
  links: SignalLink[]
  argoCd: SignalLink
}

const moment = (date: Date | null) => (date ? instant(date) : null)

/** An application with its plan as `viewer` sees it, or null: none, or not theirs to read. */
export async function readApplication(
  { db, config }: LoaderContext & { config: Pick<Config, 'policies'> },
  viewer: Viewer,
  id: string,
  now: Instant,
): Promise<ApplicationView | null> {
  const row = await db.application.findUnique({
    where: { id },
    include: { instance: true, releases: { where: { finishedAt: null }, select: { id: true } } },
  })
  if (!row || !can(viewer, 'read', { project: row.project })) return null
  const environments = config.catalog.environments.map(({ name }) => name)
  const [stored, { releases }, evidence, people] = await Promise.all([
    row.planDigest ? getPlan(db, row.planDigest) : null,
    listReleases(db, 'all', { application: id }, { limit: 5 }),
    readEvidence(db, row, environments, now),
    loadPeople(db, config.access),
  ])
  const observed = row.observed as ObservedApplication | null
  const openRelease = row.releases[0]?.id ?? null
  const [service, environment] = [row.service ?? row.name, row.environment ?? '']
  const policy = policyFor(await rulesInForce(db, config.policies), {
    environment,
    service,
    project: row.project,
  })
  const plan = stored && withEvidence(stored, evidence, policy.checks, now)
  const authors = policy.excludeAuthors && row.planDigest ? await authorsOfPlan(db, row.planDigest) : null
  const refused = mayRequest(
    {
      ...row,
      gone: row.goneAt !== null,
      seen: row.planDigest,
      checks: plan?.document.checks ?? null,
      openRelease,
      authors: authorProblem(policy, authors),
    },
    viewer,
  )
  const { required, raised } = requiredBy(policy, {
    unknownAuthors: authors?.some(({ known }) => !known) ?? false,
    diff: plan?.document.diff,
  })
  const asked: Release = {
    ...{ id: '', state: 'requested', planDigest: row.planDigest ?? '', decisions: [], notAfter: now },
    requester: { account: viewer.accountId, person: viewer.personId, name: viewer.name },
    ...{ requiredApprovals: required, groups: policy.groups, authors: authors ?? [] },
    application: { id, name: row.name, project: row.project, service, environment },
  }
  const subject = {
    service,
    environment,
    target: row.target,
    project: row.project,
    application: row.name,
    version: row.version ?? '',
    namespace: observed?.destination.namespace ?? null,
    labels: observed?.labels ?? {},
  }
  const standing = (await standardChangeFor(db, { project: row.project, service, environment })) ?? null
  const since = moment(row.deployedAt) ?? instant(row.observedAt)
  const window = linkWindow({ createdAt: since, syncedAt: since, finishedAt: null }, now)
  return {
    application: {
      ...{ id, name: row.name, namespace: row.namespace, project: row.project },
      ...{ service: row.service, environment: row.environment, target: row.target, team: row.team },
      protected: row.protected,
      automated: row.automated,
      unmappedReason: row.unmappedReason,
      coming: row.coming,
      comingReason: row.comingReason,
      deployedAt: moment(row.deployedAt),
      rolledBack:
        row.rolledBackTo.length > 0 &&
        row.rolledBackTo.join() === row.deployedRevisions.join() &&
        row.sync !== 'Synced',
      healthSince: moment(row.healthSince),
      gone: row.goneAt !== null,
      problem: row.problem,
    },
    running: runningOf(row, now),
    observed,
    plan,
    before: evidence.before?.application ?? null,
    planProblem: row.planProblem,
    planCheckedAt: moment(row.planCheckedAt),
    request: {
      refusal: refused.ok
        ? undefined
        : { code: refused.refusal.code, words: explainRequest(refused.refusal) },
      openRelease,
      approvals: asked.requiredApprovals,
      raised,
      supersedes: openRelease ? null : await staleBefore(db, id),
      groups: missingGroups(quorumOf(asked), []),
      people: peopleOf(asked, people, viewer, approverGroups(config.access.grants, asked.application), now),
      impossible: prospects(asked, people, now).impossible,
      ticketRequired: policy.ticket === 'required',
      standardChange: standing && {
        id: standing.id,
        signers: standing.votes.map(({ name }) => name),
        problem: limitProblem(
          standing,
          plan?.document.checks ?? [],
          plan?.document.beyondImages ?? ['nobody has compared its images'],
        ),
      },
    },
    releases,
    links: signalLinks(config.signals, subject, window),
    argoCd: argoCdLink(row.instance.webUrl, row),
  }
}

/** For the page of an application: 404 for what does not exist and for what may not be seen alike. */
export const loadApplication = cache(async (id: string): Promise<ApplicationView> => {
  const viewer = await requireViewer()
  const context = { db: getDb(), config: getConfig() }
  return (await readApplication(context, viewer, id, clock.now())) ?? notFound()
})

export type AskedRows = {
  object: number
  from: number
  limit: number
  look: DiffLook
  line?: string | undefined
}

/**
 * Rows of one object of a plan's diff or, when a line of an address is asked for, on which row that stands. Null: none
 * such, or not theirs to read.
 */
export async function readPlanRows(
  db: Db,
  viewer: Viewer,
  digest: string,
  { object, from, limit, look, line }: AskedRows,
): Promise<RowPage | { row: number } | null> {
  const found = await getPlanObject(db, digest, object)
  if (!found || !can(viewer, 'read', { project: found.project })) return null
  return line === undefined
    ? rowPage(found.resource, look, from, limit)
    : { row: rowOfLine(found.resource, look, line) }
}
