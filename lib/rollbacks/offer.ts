import type { Check } from '#lib/plans/plan.ts'
import type { Instant } from '#lib/platform/clock.ts'
import type { PersonView } from '#lib/releases/people.ts'
import type { Parameter } from './rollback.ts'

/** A way back as the dialog shows it before somebody asks for it. */
export type RollbackOffer = {
  deployment: string
  version: string
  running: string | null
  /** When it ran here; `to` null while it does. */
  from: Instant
  to: Instant | null
  /** The release that brought it; null when none did. */
  broughtBy: string | null
  /** How that release ended. */
  ended: string | null
  /** The release that brought what runs now. */
  harm: string | null
  state: 'preparing' | 'ready' | 'impossible'
  /** Why it is impossible, in a sentence. */
  why: string | null
  plan: string | null
  /** What it changes of what is live; null while nobody can tell. */
  changes: { resources: number; risky: number; leftBehind: number } | null
  changed: Parameter[]
  /** Checks that do not pass. */
  failing: Check[]
  approvals: number
  groups: string
  raised: string[]
  people: PersonView[]
  impossible: string | null
  ticketRequired: boolean
  /** Why the viewer cannot ask for it now. */
  refusal: string | null
}

/** What the pages need to offer a way back: from what, to what unless somebody picks another, and why not. */
export type WaysBack = {
  application: string
  service: string
  place: string
  current: { uid: string; revisions: readonly string[]; halfway: boolean } | null
  best: { deployment: string; version: string; from: Instant; release: string | null } | null
  /** Why the viewer can ask for none; undefined when they can. */
  refusal: string | undefined
}

/** The same for the page of a release that is over: what it brought. */
export type ReleaseBack = {
  ways: WaysBack
  deployment: string
  version: string
  /** Whether that runs now, or failed on the way to it. */
  runs: boolean
  /** Why it cannot be brought back, apart from `ways.refusal`. */
  refusal: string | undefined
}
