import { visible } from '#components/ui/visible.ts'
import type { ReleaseState } from '#lib/releases/release.ts'

/** What a state means for the person who looks at it. There are six, and no seventh colour. */
export type Tone = 'positive' | 'active' | 'attention' | 'negative' | 'paused' | 'neutral'

/** Glyphs differ in silhouette, so that a state survives greyscale, 12 px and a projector. */
export type Glyph = 'ring' | 'disc' | 'arc' | 'triangle' | 'hourglass' | 'octagon' | 'square' | 'dashed'

/** How one state is drawn. A look without a glyph is for relations, where the word alone says it. */
export type Look = { tone: Tone; glyph?: Glyph; label: string }

export type Health = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing' | 'Unknown'
export type Sync = 'Synced' | 'OutOfSync' | 'Unknown'
export type CheckResult = 'pass' | 'fail' | 'unknown'

/** How an application stands to the environment before it, or to what Git says. */
export type Relation =
  | { kind: 'same'; as: string }
  | { kind: 'behind' | 'ahead'; commits?: number | undefined; rolledBack?: boolean | undefined }
  | { kind: 'diverged' }
  | { kind: 'drift' }
  | { kind: 'waiting'; approved: number; required: number }
  | { kind: 'releasing' }
  | { kind: 'coming' }
  | { kind: 'frozen'; until: string | null }
  | { kind: 'cannot-tell' }
  | { kind: 'not-deployed' }
  | { kind: 'not-understood' }

// Healthy is a thin ring: it is the rule, and only trouble is filled, so the eye lands on trouble.
const healths = {
  Healthy: { tone: 'positive', glyph: 'ring', label: 'Healthy' },
  Progressing: { tone: 'active', glyph: 'arc', label: 'Progressing' },
  Degraded: { tone: 'negative', glyph: 'octagon', label: 'Degraded' },
  Suspended: { tone: 'paused', glyph: 'square', label: 'Suspended' },
  Missing: { tone: 'attention', glyph: 'triangle', label: 'Missing' },
  Unknown: { tone: 'neutral', glyph: 'dashed', label: 'Unknown' },
} satisfies Record<Health, Look>

const syncs = {
  Synced: { tone: 'positive', glyph: 'ring', label: 'Synced' },
  OutOfSync: { tone: 'attention', glyph: 'triangle', label: 'Out of sync' },
  Unknown: { tone: 'neutral', glyph: 'dashed', label: 'Unknown' },
} satisfies Record<Sync, Look>

const releases = {
  requested: { tone: 'attention', glyph: 'hourglass', label: 'Waiting for approval' },
  approved: { tone: 'active', glyph: 'arc', label: 'Approved, about to start' },
  dispatching: { tone: 'active', glyph: 'arc', label: 'Starting' },
  syncing: { tone: 'active', glyph: 'arc', label: 'Syncing' },
  verifying: { tone: 'active', glyph: 'arc', label: 'Verifying' },
  succeeded: { tone: 'positive', glyph: 'disc', label: 'Released' },
  degraded: { tone: 'negative', glyph: 'octagon', label: 'Released, degraded' },
  rejected: { tone: 'negative', glyph: 'octagon', label: 'Rejected' },
  withdrawn: { tone: 'paused', glyph: 'square', label: 'Withdrawn' },
  expired: { tone: 'paused', glyph: 'square', label: 'Expired' },
  stale: { tone: 'paused', glyph: 'square', label: 'Stale' },
  revoked: { tone: 'paused', glyph: 'square', label: 'Revoked' },
  failed: { tone: 'negative', glyph: 'octagon', label: 'Failed' },
  review: { tone: 'attention', glyph: 'triangle', label: 'Needs review' },
} satisfies Record<ReleaseState, Look>

const checks = {
  pass: { tone: 'positive', glyph: 'disc', label: 'Pass' },
  fail: { tone: 'negative', glyph: 'octagon', label: 'Fail' },
  unknown: { tone: 'neutral', glyph: 'dashed', label: 'Cannot tell' },
} satisfies Record<CheckResult, Look>

const has = <T extends object>(table: T, key: string): key is string & keyof T => Object.hasOwn(table, key)

/** A word we do not know is shown as it came, as unknown: never dropped, never an error. */
const unheard = (word: string): Look => ({
  tone: 'neutral',
  glyph: 'dashed',
  label: visible(word) || 'Unknown',
})

/** Health as Argo CD reports it. */
export const healthLook = (health: string): Look => (has(healths, health) ? healths[health] : unheard(health))

/** Sync status as Argo CD reports it. */
export const syncLook = (sync: string): Look => (has(syncs, sync) ? syncs[sync] : unheard(sync))

/** A release's state. For `requested`, give the tally: "1 of 2" says more than "pending". */
export const releaseLook = (state: string, tally?: { approved: number; required: number }): Look => {
  if (state === 'requested' && tally) return relationLook({ kind: 'waiting', ...tally })
  return has(releases, state) ? releases[state] : unheard(state)
}

/** A machine's answer. */
export const checkLook = (result: string): Look => (has(checks, result) ? checks[result] : unheard(result))

const by = (commits: number | undefined, word: string) =>
  commits === undefined ? word : `${commits} ${word}`

/** Between environments one is behind or ahead; drift is between live and Git. */
export function relationLook(relation: Relation): Look {
  switch (relation.kind) {
    case 'same':
      return { tone: 'neutral', label: `= ${visible(relation.as)}` }
    case 'behind':
      return {
        tone: 'attention',
        label: relation.rolledBack ? 'rolled back' : by(relation.commits, 'behind'),
      }
    case 'ahead':
      return { tone: 'neutral', label: by(relation.commits, 'ahead') }
    case 'diverged':
      return { tone: 'attention', label: 'diverged' }
    case 'drift':
      return { tone: 'negative', glyph: 'octagon', label: 'Drift' }
    case 'waiting':
      return {
        tone: 'attention',
        glyph: 'hourglass',
        label: `Waiting ${relation.approved} of ${relation.required}`,
      }
    case 'releasing':
      return { tone: 'active', glyph: 'arc', label: 'Syncing' }
    case 'coming':
      return { tone: 'active', glyph: 'arc', label: 'Automatic change coming' }
    case 'frozen':
      return {
        tone: 'paused',
        glyph: 'square',
        label: relation.until === null ? 'Frozen' : `Frozen until ${visible(relation.until)}`,
      }
    case 'cannot-tell':
      return { tone: 'neutral', glyph: 'dashed', label: 'Cannot tell' }
    case 'not-deployed':
      return { tone: 'neutral', label: 'not deployed here' }
    case 'not-understood':
      return { tone: 'neutral', glyph: 'dashed', label: 'Not understood' }
  }
}

/** Text colour of a tone; complete class names, because Tailwind reads them from the source. */
export const toneText = {
  positive: 'text-positive',
  active: 'text-active',
  attention: 'text-attention',
  negative: 'text-negative',
  paused: 'text-paused',
  neutral: 'text-neutral',
} satisfies Record<Tone, string>

/** Soft ground and text of a tone, for chips, counts and callouts. */
export const toneSoft = {
  positive: 'bg-positive-soft text-positive',
  active: 'bg-active-soft text-active',
  attention: 'bg-attention-soft text-attention',
  negative: 'bg-negative-soft text-negative',
  paused: 'bg-paused-soft text-paused',
  neutral: 'bg-neutral-soft text-neutral',
} satisfies Record<Tone, string>
