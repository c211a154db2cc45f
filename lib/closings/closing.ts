import type { Viewer } from '#lib/access/policy.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { assertNever, ok, type Result, refuse } from '#lib/platform/result.ts'
import { type Exclusion, excluded, explain, type Release, type ReleaseState } from '#lib/releases/release.ts'

/** How a release in review can turn out to have ended. */
export const outcomes = ['succeeded', 'degraded', 'failed'] as const satisfies readonly ReleaseState[]
export type Outcome = (typeof outcomes)[number]

/** One step of closing a review: what somebody found, or another person's answer to it. */
export type Closing = {
  id: string
  kind: 'find' | 'confirm' | 'decline'
  outcome: Outcome
  reason: string | null
  person: string
  name: string
  /** The id of the finding that this answers; null for a finding. */
  finding: string | null
  at: Instant
}

export type ClosingInput =
  | { kind: 'find'; outcome: Outcome; reason: string }
  | { kind: 'confirm'; finding: string; outcome: Outcome }
  | { kind: 'decline'; finding: string; reason: string }

export type ClosingRefusal =
  | Exclusion
  | { code: 'not-in-review' }
  | { code: 'own-finding' }
  | { code: 'already-found'; outcome: Outcome; by: string }
  | { code: 'finding-moved' }

/** The finding that waits for a second person, if one does. */
export function standingFinding(closings: readonly Closing[]): Closing | null {
  const answered = new Set(closings.map(({ finding }) => finding))
  return closings.find(({ kind, id }) => kind === 'find' && !answered.has(id)) ?? null
}

/**
 * What this person may do now: say what happened (`finding` null) or answer what another said. The same answer
 * disables the buttons, fills the inbox and guards the command; Postgres asks once more (rel.closing).
 */
export function mayClose(
  release: Release,
  closings: readonly Closing[],
  by: Viewer,
): Result<{ finding: Closing | null }, ClosingRefusal> {
  const out = excluded(release, by)
  if (out) return refuse(out)
  if (release.state !== 'review') return refuse({ code: 'not-in-review' })
  const finding = standingFinding(closings)
  return finding?.person === by.personId ? refuse({ code: 'own-finding' }) : ok({ finding })
}

/** The rule: two people, one outcome. `value` is the finding that is answered, null for a new one. */
export function close(
  release: Release,
  closings: readonly Closing[],
  input: ClosingInput,
  by: Viewer,
): Result<{ finding: Closing | null }, ClosingRefusal> {
  const allowed = mayClose(release, closings, by)
  if (!allowed.ok) return allowed
  const { finding } = allowed.value
  if (input.kind === 'find')
    return finding ? refuse({ code: 'already-found', outcome: finding.outcome, by: finding.name }) : allowed
  if (finding?.id !== input.finding || (input.kind === 'confirm' && input.outcome !== finding.outcome))
    return refuse({ code: 'finding-moved' })
  return allowed
}

/** An outcome as the rest of a sentence: "the release …". */
export const outcomeWords = {
  succeeded: 'was released and is healthy',
  degraded: 'was released and is not healthy',
  failed: 'was not released',
} as const satisfies Record<Outcome, string>

/** A refusal in words: under the disabled buttons, in the inbox and in an error answer. */
export function explainClosing(refusal: ClosingRefusal): string {
  switch (refusal.code) {
    case 'own-request':
    case 'own-request-other-account':
      return 'You asked for this release. Two other people have to say how it ended.'
    case 'service-account':
      return 'Service accounts cannot say how a release ended.'
    case 'disabled':
    case 'not-an-approver':
      return explain(refusal)
    case 'not-in-review':
      return 'This release is not in review.'
    case 'own-finding':
      return 'You said how it ended. Another person has to confirm it.'
    case 'already-found':
      return `${refusal.by} has already said that it ${outcomeWords[refusal.outcome]}. Confirm or decline that first.`
    case 'finding-moved':
      return 'What you read is no longer what waits for an answer. Read it again first.'
    default:
      return assertNever(refusal)
  }
}
