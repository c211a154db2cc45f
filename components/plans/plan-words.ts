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

export type DiffSummary = { shown: ResourceDiff[]; unchanged: number; noiseLines: number; risky: number }

/** What of a diff is drawn, risky resources first and otherwise as it came; the rest is counted, never dropped. */
export function summarize({ resources, noiseLines }: Extract<PlanDiff, { kind: 'known' }>): DiffSummary {
  const shown = resources.filter(isShown)
  const risky = shown.filter(({ risks }) => risks.length > 0)
  return {
    shown: [...risky, ...shown.filter(({ risks }) => risks.length === 0)],
    unchanged: resources.length - shown.length,
    noiseLines,
    risky: risky.length,
  }
}

/** Lines drawn at once; the others wait behind "Show all". */
export const linesShownMax = 120

/** Cuts the hunks of one resource after `max` lines. */
export function cut(
  hunks: ResourceDiff['hunks'],
  max = linesShownMax,
): { head: ResourceDiff['hunks']; rest: ResourceDiff['hunks']; lines: number } {
  const lines = hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0)
  if (lines <= max) return { head: hunks, rest: [], lines }
  const head: ResourceDiff['hunks'] = []
  const rest: ResourceDiff['hunks'] = []
  let left = max
  for (const hunk of hunks) {
    const here = hunk.lines.slice(0, left)
    const later = hunk.lines.slice(left)
    left -= here.length
    if (here.length > 0) head.push({ lines: here })
    if (later.length > 0) rest.push({ lines: later })
  }
  return { head, rest, lines }
}

/** Takes off the indentation that all lines share: what differs stays in sight on a narrow screen. */
export function dedent(hunks: ResourceDiff['hunks']): ResourceDiff['hunks'] {
  const indents = hunks.flatMap(({ lines }) =>
    lines.flatMap(({ text }) => (text.trim() ? [text.length - text.trimStart().length] : [])),
  )
  const shared = indents.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY)
  if (!Number.isFinite(shared) || shared === 0) return hunks
  return hunks.map(({ lines }) => ({
    lines: lines.map((line) => ({ ...line, text: line.text.slice(shared) })),
  }))
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
