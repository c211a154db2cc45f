import 'server-only'
import type { Viewer } from '#lib/access/policy.ts'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { HistoryEntry } from '#lib/audit/data.ts'
import { instant } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import type { Release } from '#lib/releases/release.ts'
import { type Closing, explainClosing, mayClose, standingFinding } from './closing.ts'
import { listClosings } from './data.ts'
import { evidenceOf, type ReviewEvidence } from './evidence.ts'

export type ReviewView = {
  closings: Closing[]
  /** What waits for a second person; null when nobody has said anything that stands. */
  finding: Closing | null
  /** Why the viewer can do nothing here; undefined when they can. */
  refusal: string | undefined
  evidence: ReviewEvidence
}

/** What the page of a release in review shows, or of one that was; null for every other. */
export async function readReview(
  db: Db,
  release: Release,
  viewer: Viewer,
  known: {
    history: readonly HistoryEntry[]
    observed: ObservedApplication | null
    revisions: readonly string[]
  },
): Promise<ReviewView | null> {
  const closings = (await listClosings(db, [release.id])).get(release.id) ?? []
  if (release.state !== 'review' && closings.length === 0) return null
  const intents = await db.intent.findMany({
    where: { releaseId: release.id },
    select: { n: true, createdAt: true, postDeadline: true, quietUntil: true, token: true },
    orderBy: { n: 'asc' },
  })
  const allowed = mayClose(release, closings, viewer)
  return {
    closings,
    finding: standingFinding(closings),
    refusal: allowed.ok ? undefined : explainClosing(allowed.refusal),
    evidence: evidenceOf({
      ...known,
      intents: intents.map(({ n, token, createdAt, postDeadline, quietUntil }) => ({
        ...{ n, token, at: instant(createdAt) },
        ...{ postDeadline: instant(postDeadline), quietUntil: instant(quietUntil) },
      })),
    }),
  }
}
