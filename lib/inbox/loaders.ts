import 'server-only'
import { can, readScope, type Viewer } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { explainClosing, mayClose } from '#lib/closings/closing.ts'
import { listClosings } from '#lib/closings/data.ts'
import { listEmergenciesFor } from '#lib/emergencies/data.ts'
import { listFindingsFor } from '#lib/findings/data.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { getDb } from '#lib/platform/context.ts'
import type { Db } from '#lib/platform/db.ts'
import { listAwaiting, listOpenReleases, listReleases, type ReleaseRow } from '#lib/releases/data.ts'
import { explain, mayApprove, type Release } from '#lib/releases/release.ts'

export type InboxView = {
  needsMe: ReleaseRow[]
  asked: ReleaseRow[]
  /** The other open ones, each with why it does not wait for this viewer. */
  others: { release: ReleaseRow; why: string }[]
}

/** In these states people have to act. */
const waiting = ['requested', 'review'] as const

/** Why each open release does not wait for the viewer; undefined for those that do. */
async function whyNotOf(
  db: Db,
  releases: readonly Release[],
  viewer: Viewer,
  now: Instant,
): Promise<(release: Release) => string | undefined> {
  const inReview = releases.filter(({ state }) => state === 'review').map(({ id }) => id)
  const closings = await listClosings(db, inReview)
  return (release) => {
    if (release.state === 'review') {
      const may = mayClose(release, closings.get(release.id) ?? [], viewer)
      return may.ok ? undefined : explainClosing(may.refusal)
    }
    const may = mayApprove(release, viewer, now)
    return may.ok ? undefined : explain(may.refusal)
  }
}

/** Every open release, sorted by what the viewer has to do with it; what expires first stands first. */
export async function readInbox(db: Db, viewer: Viewer, now: Instant): Promise<InboxView> {
  const inbox: InboxView = { needsMe: [], asked: [], others: [] }
  const open = await listOpenReleases(db, readScope(viewer))
  const whyNot = await whyNotOf(db, open, viewer, now)
  for (const release of open) {
    const why = whyNot(release)
    if (why === undefined) inbox.needsMe.push(release)
    else if (release.requester.person === viewer.personId) inbox.asked.push(release)
    else inbox.others.push({ release, why })
  }
  return inbox
}

export async function loadInbox(): Promise<InboxView> {
  return readInbox(getDb(), await requireViewer(), clock.now())
}

/** How much waits for this viewer: releases to decide on, before or after, or to look at, and findings to close. */
export async function countInbox(db: Db, viewer: Viewer, now: Instant): Promise<number> {
  if (!can(viewer, 'decide:release')) return 0
  const awaiting = await listAwaiting(db, readScope(viewer), waiting, viewer)
  const whyNot = await whyNotOf(db, awaiting, viewer, now)
  const releases = awaiting.filter((release) => whyNot(release) === undefined).length
  const emergencies = (await listEmergenciesFor(db, viewer)).length
  return releases + emergencies + (await listFindingsFor(db, viewer)).length
}

/** What waits for this viewer, newest first, `limit` (0 to 200) a page; go on with `before: next`. */
export async function listInbox(
  db: Db,
  viewer: Viewer,
  now: Instant,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<{ releases: ReleaseRow[]; next?: string }> {
  const mine: ReleaseRow[] = []
  let from: string | undefined = before
  // What is not theirs is left out here, so a page may take several reads to fill.
  while (limit > 0 && mine.length <= limit && can(viewer, 'decide:release')) {
    const page = await listReleases(
      db,
      readScope(viewer),
      { states: waiting },
      { before: from, limit: limit + 1 },
    )
    const whyNot = await whyNotOf(db, page.releases, viewer, now)
    mine.push(...page.releases.filter((release) => whyNot(release) === undefined))
    from = page.next
    if (from === undefined) break
  }
  const releases = mine.slice(0, limit)
  const last = releases.at(-1)
  return mine.length > limit && last ? { releases, next: last.id } : { releases }
}
