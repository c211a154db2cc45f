import 'server-only'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import { loadPeople } from '#lib/access/loaders.ts'
import { can, readScope, type Viewer } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import { type HistoryEntry, listReleaseHistory } from '#lib/audit/data.ts'
import { staleSince } from '#lib/catalog/instance.ts'
import { type ReviewView, readReview } from '#lib/closings/loaders.ts'
import { explainFreeze, type Holding, mayOverride } from '#lib/freezes/freeze.ts'
import { listMessages, type Message } from '#lib/messages/data.ts'
import { getPlan, readEvidence, type StoredPlan, withEvidence } from '#lib/plans/data.ts'
import { clock, type Instant, instant, millisecondsBetween } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import type { Db } from '#lib/platform/db.ts'
import { offeredPlan } from '#lib/rollbacks/data.ts'
import { readReleaseBack } from '#lib/rollbacks/loaders.ts'
import type { ReleaseBack } from '#lib/rollbacks/offer.ts'
import { getReleaseRow, listReleases, type ReleaseRow } from './data.ts'
import { mayExtend } from './extension.ts'
import { argoCdLink, linkWindow, type SignalLink, signalLinks } from './links.ts'
import { approverGroups, type PersonView, peopleOf } from './people.ts'
import {
  endStates,
  explain,
  isOpen,
  mayApprove,
  mayDecide,
  mayRevoke,
  mayWithdraw,
  openStates,
  type Prospects,
  prospects,
  type ReleaseState,
} from './release.ts'

export type LoaderContext = { db: Db; config: Pick<Config, 'access' | 'signals' | 'instances' | 'catalog'> }
const webContext = (): LoaderContext => ({ db: getDb(), config: getConfig() })

/** How the Argo CD of an application is doing. `staleSince`: not heard of since then; null when it is well. */
export type InstanceView = { name: string; state: string; detail: string | null; staleSince: Instant | null }

/** What runs now, as last observed. */
export type RunningView = {
  version: string | null
  revisions: string[]
  health: string
  sync: string
  observedAt: Instant
  instance: InstanceView
}

export type ReleaseView = {
  release: ReleaseRow
  plan: StoredPlan
  /** When its checks were answered: undefined for now, which is so until something is sent. */
  checkedAt: Instant | undefined
  /** The application in the environment before, whose state the checks look at. */
  before: string | null
  running: RunningView
  /** The application has another plan by now, or none: this one is about to be found stale. */
  superseded: boolean
  /** The digest of the plan that stands in place of this one's, for a release that waits or went stale. */
  newer: string | null
  people: PersonView[]
  /** Groups that may decide here, whoever is in them and has signed in or not. */
  approverGroups: string[]
  /** Whether those who are known can still bring it through, and what is missing. */
  prospects: Prospects
  /** Why the viewer cannot approve; undefined when they can. */
  decisionRefusal: string | undefined
  /** Why they cannot reject: who fills no missing group may still do that. */
  rejectionRefusal: string | undefined
  /** Undefined for everybody but the requester; a text says why even they cannot. */
  withdrawal: { refusal: string | undefined } | undefined
  /** Undefined for everybody who has not approved it; a text says why even they cannot take that back. */
  revocation: { refusal: string | undefined } | undefined
  /** Until when the viewer could extend it, once half of its time is over; undefined when they cannot. */
  extendable: Instant | undefined
  /** The stale release in whose place this one stands, and the one that stands in its place. */
  supersedes: { id: string; requester: string; reason: string } | null
  supersededBy: string | null
  messages: Message[]
  /** The ways back from what it brought, or to it, once it is over; null where it brought nothing. */
  back: ReleaseBack | null
  history: HistoryEntry[]
  /** How it comes out of review, or came; null when it never was there. */
  review: ReviewView | null
  /** Freezes and deployment windows about it, while it may still be sent; and why the viewer cannot override them. */
  freezes: Holding[]
  overrideRefusal: string | undefined
  links: SignalLink[]
  argoCd: SignalLink
}

/** A release as `viewer` sees it, or null when there is none or its project is not theirs to read. */
export async function readRelease(
  { db, config }: LoaderContext,
  viewer: Viewer,
  id: string,
  now: Instant,
): Promise<ReleaseView | null> {
  const release = await getReleaseRow(db, id)
  if (!release || !can(viewer, 'read', { project: release.application.project })) return null
  const [stored, application, people, messages, earlier, later, history] = await Promise.all([
    getPlan(db, release.planDigest),
    db.application.findUniqueOrThrow({
      where: { id: release.application.id },
      include: { instance: true },
    }),
    loadPeople(db, config.access),
    listMessages(db, id),
    release.supersedes ? getReleaseRow(db, release.supersedes) : null,
    db.release.findFirst({ where: { supersedes: id }, select: { id: true } }),
    listReleaseHistory(db, id),
  ])
  if (!stored) throw new Error(`release ${id} has no plan`)
  const environments = config.catalog.environments.map(({ name }) => name)
  const evidence = await readEvidence(db, application, environments, now)
  // What machines say now of a release that is under way or over would be about something else.
  const unsent = release.state === 'requested' || release.state === 'approved'
  const plan = unsent ? withEvidence(stored, evidence, release.policy?.checks, now) : stored
  const override = mayOverride(release, viewer)
  const allowed = mayApprove(release, viewer, now)
  const rejecting = mayDecide(release, viewer, now)
  const withdrawal = mayWithdraw(release, viewer)
  const groups = approverGroups(config.access.grants, release.application)
  const mine = viewer.personId === release.requester.person
  const observed = application.observed as ObservedApplication | null
  const { destination, revisions } = plan.plan
  const offered = await offeredPlan(db, application, release.rollback?.deployment)
  const review = await readReview(db, release, viewer, { history, observed, revisions })
  const subject = {
    service: release.application.service,
    environment: release.application.environment,
    target: release.target,
    project: release.application.project,
    application: release.application.name,
    version: release.version.to,
    namespace: destination.namespace,
    labels: observed?.labels ?? {},
  }
  return {
    release,
    plan,
    checkedAt: unsent ? undefined : plan.at,
    before: evidence.before?.application ?? null,
    freezes: unsent || release.state === 'dispatching' ? (evidence.freezes ?? []) : [],
    overrideRefusal: override.ok ? undefined : explainFreeze(override.refusal),
    running: runningOf(application, now),
    superseded: isOpen(release.state) && offered.digest !== release.planDigest,
    newer:
      (release.state === 'requested' || release.state === 'stale') && offered.digest !== release.planDigest
        ? offered.digest
        : null,
    people: peopleOf(release, people, viewer, groups, now),
    approverGroups: groups,
    prospects: prospects(release, people, now),
    decisionRefusal: allowed.ok ? undefined : explain(allowed.refusal),
    rejectionRefusal: rejecting.ok ? undefined : explain(rejecting.refusal),
    withdrawal: mine ? { refusal: withdrawal.ok ? undefined : explain(withdrawal.refusal) } : undefined,
    revocation: revocationOf(release, viewer),
    extendable: extendableUntil(release, viewer, now),
    supersedes: earlier && { id: earlier.id, requester: earlier.requester.name, reason: earlier.reason },
    supersededBy: later?.id ?? null,
    messages,
    back: await readReleaseBack(db, viewer, release),
    history,
    review,
    links: signalLinks(config.signals, subject, linkWindow(release, now)),
    argoCd: argoCdLink(application.instance.webUrl, application),
  }
}

/** Offered to those who approved. */
function revocationOf(release: ReleaseRow, viewer: Viewer): ReleaseView['revocation'] {
  const allowed = mayRevoke(release, viewer)
  if (allowed.ok) return { refusal: undefined }
  return allowed.refusal.code === 'not-approved-by-you' ? undefined : { refusal: explain(allowed.refusal) }
}

/** Offered only when time runs short: before that another approval of the same would be noise. */
function extendableUntil(release: ReleaseRow, viewer: Viewer, now: Instant): Instant | undefined {
  const until = mayExtend(release, viewer, now)
  if (!until.ok) return undefined
  return millisecondsBetween(now, release.notAfter) * 2 < millisecondsBetween(now, until.value)
    ? until.value
    : undefined
}

/** For the page of a release: 404 for what does not exist and for what may not be seen alike. */
export const loadRelease = cache(async (id: string): Promise<ReleaseView> => {
  const viewer = await requireViewer()
  return (await readRelease(webContext(), viewer, id, clock.now())) ?? notFound()
})

/** The plan that stands now, for `?since=read` on a release whose plan has been overtaken; the reader may see both. */
export async function loadNewerPlan(
  { newer }: Pick<ReleaseView, 'newer'>,
  search: Record<string, string | string[] | undefined>,
): Promise<StoredPlan | null> {
  return newer && [search.since].flat()[0] === 'read' ? getPlan(getDb(), newer) : null
}

type ApplicationWithInstance = {
  version: string | null
  deployedRevisions: string[]
  health: string
  sync: string
  observedAt: Date
  instance: {
    name: string
    state: string
    stateSince: Date
    detail: string | null
    lastContactAt: Date | null
  }
}

/** What is known of an application now, with how fresh it is. */
export function runningOf(application: ApplicationWithInstance, now: Instant): RunningView {
  const { name, state, stateSince, detail, lastContactAt } = application.instance
  const heard = lastContactAt ? instant(lastContactAt) : null
  return {
    version: application.version,
    revisions: application.deployedRevisions,
    health: application.health,
    sync: application.sync,
    observedAt: instant(application.observedAt),
    instance: {
      ...{ name, state, detail },
      staleSince: staleSince({ state, stateSince: instant(stateSince), lastContactAt: heard }, now),
    },
  }
}

/** What the list of releases can be narrowed to; anything else in the address means all. */
export const stateFilters = {
  open: openStates,
  succeeded: ['succeeded'],
  failed: ['degraded', 'failed', 'review'],
  ended: endStates,
} as const satisfies Record<string, readonly ReleaseState[]>
export type StateFilter = keyof typeof stateFilters

export type ReleasesView = {
  filter: StateFilter | undefined
  /** Only those of this service; undefined for all. */
  service: string | undefined
  before: string | undefined
  releases: ReleaseRow[]
  next?: string
  /** Whether the viewer may read any project at all. */
  sees: boolean
}

/** The list of releases for an address like `?state=open&service=checkout&before=rel_…`. */
export async function readReleases(
  { db }: Pick<LoaderContext, 'db'>,
  viewer: Viewer,
  search: Record<string, string | string[] | undefined>,
): Promise<ReleasesView> {
  const one = (name: string) => [search[name]].flat()[0]
  const state = one('state') ?? ''
  const filter = Object.hasOwn(stateFilters, state) ? (state as StateFilter) : undefined
  const before = /^rel_[0-9a-z]{1,64}$/.test(one('before') ?? '') ? one('before') : undefined
  const service = one('service')?.slice(0, 253) || undefined
  const scope = readScope(viewer)
  const states = filter && stateFilters[filter]
  const page = await listReleases(db, scope, { states, service }, { before })
  return { filter, service, before, ...page, sees: scope !== 'none' }
}

export async function loadReleases(
  search: Record<string, string | string[] | undefined>,
): Promise<ReleasesView> {
  return readReleases(webContext(), await requireViewer(), search)
}
