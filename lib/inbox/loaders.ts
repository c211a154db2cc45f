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
import {
  countOpenReleases,
  listAwaiting,
  listOpenReleases,
  listReleases,
  type ReleaseRow,
} from '#lib/releases/data.ts'
import { explain, mayApprove, type Release } from '#lib/releases/release.ts'
import { askedOf, type InboxKey, type InboxTab, inInboxOrder } from './inbox.ts'

export type InboxRow = {
  release: ReleaseRow
  /** Why it does not wait for this viewer; undefined when it does. */
  why: string | undefined
}
export type InboxView = {
  tab: InboxTab
  /** Whether this is the first page. */
  first: boolean
  rows: InboxRow[]
  /** The key after which the next page begins; undefined on the last one. */
  next: InboxKey | undefined
  counts: Record<InboxTab, number>
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

/** Releases that wait for this viewer, as far as a number beside the inbox counts. */
async function countMine(db: Db, viewer: Viewer, now: Instant): Promise<number> {
  if (!can(viewer, 'decide:release')) return 0
  const awaiting = await listAwaiting(db, readScope(viewer), waiting, viewer)
  const whyNot = await whyNotOf(db, awaiting, viewer, now)
  return awaiting.filter((release) => whyNot(release) === undefined).length
}

/** One page of a tab, what expires first first, with how much each tab holds. */
export async function readInbox(
  db: Db,
  viewer: Viewer,
  now: Instant,
  { tab, after, limit = 50 }: { tab: InboxTab; after?: InboxKey | undefined; limit?: number },
): Promise<InboxView> {
  const scope = readScope(viewer)
  const asked = { requester: viewer.personId }
  const filter = { mine: { states: waiting, near: viewer }, asked, all: {} }[tab]
  const rows: InboxRow[] = []
  let from = after
  // What is not theirs is left out here, so a page may take several reads to fill.
  for (let more = tab !== 'mine' || can(viewer, 'decide:release'); more && rows.length <= limit; ) {
    const read = await listOpenReleases(db, scope, filter, { after: from, limit: limit + 1 })
    const whyNot = await whyNotOf(db, read, viewer, now)
    const judged = read.map((release) => ({ release, why: whyNot(release) }))
    rows.push(...(tab === 'mine' ? judged.filter(({ why }) => why === undefined) : judged))
    from = read.at(-1)
    more = read.length > limit
  }
  const page = rows.slice(0, limit)
  const whyOf = new Map(page.map(({ release, why }) => [release.id, why]))
  return {
    tab,
    first: after === undefined,
    rows: inInboxOrder(page.map(({ release }) => release)).map((release) => ({
      release,
      why: whyOf.get(release.id),
    })),
    next: rows.length > limit ? page.at(-1)?.release : undefined,
    counts: {
      mine: await countMine(db, viewer, now),
      asked: await countOpenReleases(db, scope, asked),
      all: await countOpenReleases(db, scope, {}),
    },
  }
}

export async function loadInbox(search: Record<string, string | string[] | undefined>): Promise<InboxView> {
  return readInbox(getDb(), await requireViewer(), clock.now(), askedOf(search))
}

/** How much waits for this viewer: releases to decide on, before or after, or to look at, and findings to close. */
export async function countInbox(db: Db, viewer: Viewer, now: Instant): Promise<number> {
  if (!can(viewer, 'decide:release')) return 0
  const releases = await countMine(db, viewer, now)
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
