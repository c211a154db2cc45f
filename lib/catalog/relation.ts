import type { Instant } from '#lib/platform/clock.ts'
import { compareKeys, versionKey } from './version-key.ts'

/** How an application stands to the environment before it, or to what Git says. */
export type Relation =
  | { kind: 'same'; as: string }
  | { kind: 'differs'; as: string }
  /** `rolledBack`: on purpose, by a rollback. */
  | { kind: 'behind' | 'ahead'; commits?: number; rolledBack?: true }
  /** Of several versions, some are older and some newer. */
  | { kind: 'diverged' }
  | { kind: 'drift' }
  | { kind: 'waiting'; approved: number; required: number }
  /** `state` is the open release's; 'syncing' also for a sync that no release started. */
  | { kind: 'releasing'; state: string }
  | { kind: 'coming' }
  /** Nothing will change it; `until` where Argo CD knows an end. */
  | { kind: 'frozen'; until: Instant | null }
  | { kind: 'cannot-tell' }
  | { kind: 'not-deployed' }
  | { kind: 'not-understood' }

/** What the relation of one application rests on. */
export type Standing = {
  version: string | null
  /** Kind of lib/argocd/coming.ts: what happens if nobody does anything. */
  coming: string
  problem: boolean
  /** Commits in its plan; null when Git could not say. */
  planCommits: number | null
  /** It runs what the last release, a rollback, brought back. */
  rolledBack?: boolean | null
  release?: { state: string; approved: number; required: number } | undefined
}

/** The same service in the nearest environment before, where it is deployed. */
export type Before = { environment: string; version: string | null }

/**
 * One relation, the first that holds: not understood, an open release, drift, what Argo CD is about to do, what Git
 * wants, and only then the comparison with the environment before. Null in the first environment: there is nothing
 * to say. Versions are put in order only where both are semantic versions; two other texts are equal or not.
 */
export function relationOf(cell: Standing | undefined, before: Before | undefined): Relation | null {
  if (!cell) return { kind: 'not-deployed' }
  if (cell.problem) return { kind: 'not-understood' }
  const { release } = cell
  if (release?.state === 'requested')
    return { kind: 'waiting', approved: release.approved, required: release.required }
  if (release) return { kind: 'releasing', state: release.state }
  switch (cell.coming) {
    case 'live-drift':
      return { kind: 'drift' }
    case 'in-flight':
      return { kind: 'releasing', state: 'syncing' }
    case 'automated':
    case 'rolling-sync':
    case 'window':
      return { kind: 'coming' }
    case 'waits-for-approval':
      return {
        kind: 'behind',
        ...(cell.planCommits && { commits: cell.planCommits }),
        ...(cell.rolledBack && { rolledBack: true }),
      }
    case 'frozen':
      return { kind: 'frozen', until: null }
    case 'cannot-tell':
      return { kind: 'cannot-tell' }
    default:
      return before ? compare(cell.version, before) : null
  }
}

function compare(version: string | null, before: Before): Relation {
  if (version === null || before.version === null) return { kind: 'cannot-tell' }
  if (version === before.version) return { kind: 'same', as: before.environment }
  const order = compareKeys(versionKey(version), versionKey(before.version))
  if (order === null || order === 'equal') return { kind: 'differs', as: before.environment }
  return { kind: order }
}

/** How much an application asks for somebody: what needs action stands above, what is calm below. */
export const ranks = { mine: 0, action: 1, behind: 2, moving: 3, calm: 4 } as const

const troubled = new Set(['Degraded', 'Missing'])

/** The rank of one application; that of a service is its lowest. */
export function rankOf(
  cell: { health: string; coming: string; protected: boolean },
  relation: Relation | null,
  mine: boolean,
): number {
  if (mine) return ranks.mine
  const waits =
    relation?.kind === 'waiting' || (relation?.kind === 'releasing' && relation.state === 'review')
  const broken =
    relation?.kind === 'drift' || relation?.kind === 'not-understood' || cell.coming === 'gave-up'
  if (waits || broken || troubled.has(cell.health)) return ranks.action
  if (cell.protected && relation?.kind === 'behind') return ranks.behind
  return relation?.kind === 'coming' || relation?.kind === 'releasing' ? ranks.moving : ranks.calm
}
