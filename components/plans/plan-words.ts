import { inReadingOrder } from '#lib/manifests/order.ts'
import type { Check, PlanCommits, PlanDiff, ResourceDiff } from '#lib/plans/plan.ts'

const list = new Intl.ListFormat('en-GB', { type: 'conjunction' })

/** `1 commit`, `2 commits`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Who wrote the commits, each once, in the order of the list; more than three become a number. */
export function authors({ commits }: PlanCommits): string {
  const names = [...new Set(commits.map(({ author }) => author))]
  return names.length > 3
    ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} others`
    : list.format(names)
}

/** `2 commits by Mei Lin and Jonas Öztürk`; a cut list says "at least". */
export function commitsInWords(given: PlanCommits): string {
  const { commits, incomplete } = given
  if (commits.length === 0) return incomplete ? 'commits unknown' : 'no commits'
  const number = `${incomplete ? 'at least ' : ''}${counted(commits.length, 'commit')}`
  return `${number} by ${authors(given)}`
}

/** `4 of 5 pass`. */
export const checksInWords = (checks: readonly Check[]): string =>
  checks.length === 0
    ? 'none'
    : `${checks.filter(({ result }) => result === 'pass').length} of ${checks.length} pass`

const isShown = ({ change, hiddenValues }: ResourceDiff) => change !== 'unchanged' || hiddenValues

/** Nothing in it but what is folded away: it has no line to show. */
const isNoise = ({ change, hunks, noiseLines, hiddenValues, tooLarge }: ResourceDiff) =>
  change === 'changed' && hunks.length === 0 && noiseLines > 0 && !hiddenValues && !tooLarge

/** An object with its place in the stored diff, by which its lines are asked for. */
export type Shown = ResourceDiff & { index: number }
export type DiffSummary = {
  shown: Shown[]
  /** Only noise changes in them. */
  noisy: Shown[]
  unchanged: number
  noiseLines: number
  risky: number
}

/** What of a diff is drawn, in reading order; the rest is counted, never dropped. */
export function summarize({ resources, noiseLines }: Extract<PlanDiff, { kind: 'known' }>): DiffSummary {
  const all = resources.map((each, index): Shown => ({ ...each, index })).filter(isShown)
  const shown = inReadingOrder(all.filter((each) => !isNoise(each)))
  return {
    shown,
    noisy: all.filter(isNoise),
    unchanged: resources.length - all.length,
    noiseLines,
    risky: shown.filter(({ risks }) => risks.length > 0).length,
  }
}

/** The name of a resource's place on the page, for links to the exact diff. */
export const anchorOf = ({ kind, namespace, name }: ResourceDiff): string =>
  ['diff', kind, namespace, name]
    .filter(Boolean)
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')

export const changeWords = {
  added: 'added',
  removed: 'removed',
  'left-behind': 'no longer in Git, stays because sync does not prune',
  changed: undefined,
  unchanged: 'unchanged',
} as const satisfies Record<ResourceDiff['change'], string | undefined>
