import type { ReleaseState } from '#lib/releases/release.ts'

const cardinals = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const ordinals = ['', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth']

/** `prod eu`: an environment with its target. */
export const place = (environment: string, target: string | null): string =>
  [environment, target].filter(Boolean).join(' ')

/** What the viewer's approval would be: `second of two`, and what follows from it. */
export function standing(approved: number, required: number): { which: string; after: string } {
  const mine = approved + 1
  const left = required - mine
  return {
    which: required === 1 ? 'only' : `${ordinals[mine] ?? `${mine}th`} of ${cardinals[required] ?? required}`,
    after: left <= 0 ? 'it starts at once' : `${cardinals[left] ?? left} more must approve before it starts`,
  }
}

/** What the confirming button says: it names the act. */
export const approveLabel = (approved: number, required: number): string =>
  approved + 1 >= required ? 'Approve and release' : 'Approve'

const conjunction = new Intl.ListFormat('en-GB', { type: 'conjunction' })
const disjunction = new Intl.ListFormat('en-GB', { type: 'disjunction' })

/** Who can unblock a release: `Waiting for one more of Anna Beck or Marta Bauer.` */
export function waitingForPeople(left: number, names: readonly string[], groups = ''): string {
  if (names.length === 0) return 'Nobody who can sign in may approve this.'
  // Which of them completes it depends on the groups: only those who help now are named.
  if (groups) return `Waiting for ${groups}: ${disjunction.format(names.slice(0, 6))}.`
  if (names.length === left && left > 1)
    return `Waiting for ${cardinals[left] ?? left} more: ${conjunction.format(names)}.`
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} others`] : names
  return `Waiting for ${cardinals[left] ?? left} more: ${disjunction.format(shown)}.`
}

/** Who could approve what is about to be asked for. */
export function approversInWords(names: readonly string[]): string {
  if (names.length === 0) return 'Nobody who has signed in so far may approve it.'
  const shown = names.length > 6 ? [...names.slice(0, 5), `${names.length - 5} others`] : names
  return `${conjunction.format(shown)} can approve it.`
}

/** What a release is doing, while nobody has to decide anything. */
export const doing = {
  requested: 'Waits for approval',
  approved: 'Approved; the worker is about to start it',
  dispatching: 'Being sent to Argo CD',
  syncing: 'Argo CD syncs',
  verifying: 'Synced; waits for the rollout to become healthy',
  review: 'Nobody can tell whether the sync ran; two people have to look',
} as const satisfies Partial<Record<ReleaseState, string>>

/** A sentence that begins with a small number begins with its word: `Two commits by Mei`. */
export function sentence(text: string): string {
  const spelled = text.replace(/^\d+\b/, (digits) => cardinals[Number(digits)] ?? digits)
  return spelled.charAt(0).toUpperCase() + spelled.slice(1)
}

/** The stop that a sentence still needs after words of somebody's own. */
export const stopAfter = (quoted: string): string => (/[.!?…]$/.test(quoted.trimEnd()) ? '' : '.')

/** How far the proof of these entries reaches: the weakest of them counts. */
export function provenInWords(entries: readonly { proof: 'sealed' | 'signed' | 'anchored' }[]): string {
  const anchored = entries.filter(({ proof }) => proof === 'anchored').length
  const all = `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} in the log`
  return anchored === entries.length
    ? `${all}, anchored outside the database.`
    : `${all}, ${anchored} of them anchored outside the database so far.`
}
