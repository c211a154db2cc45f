import type { PlanCommits, PlanDiff, PlanDocument } from '#lib/plans/plan.ts'
import { commitsInWords, counted } from './plan-words.ts'

const cardinals = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const spelled = (count: number): string => cardinals[count] ?? `${count}`

const tally = (diff: Extract<PlanDiff, { kind: 'known' }>) => {
  const of = (change: string) => diff.resources.filter((each) => each.change === change).length
  return { changed: of('changed'), added: of('added'), removed: of('removed'), left: of('left-behind') }
}

/** `3 objects change, 1 is new, 1 is removed`. */
export function changesInWords(diff: PlanDiff): string {
  if (diff.kind === 'cannot-tell') return 'nobody can tell what changes'
  const { changed, added, removed } = tally(diff)
  const be = (count: number, what: string) => `${count} ${count === 1 ? 'is' : 'are'} ${what}`
  const parts = [
    ...(changed > 0 ? [`${counted(changed, 'object')} ${changed === 1 ? 'changes' : 'change'}`] : []),
    ...(added > 0 ? [be(added, 'new')] : []),
    ...(removed > 0 ? [be(removed, 'removed')] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : 'no object changes'
}

/** `two people must sign, one has`. */
export function signaturesInWords(approved: number, required: number): string {
  const must = `${required === 1 ? 'one person' : `${spelled(required)} people`} must sign`
  if (approved === 0) return `${must}, nobody has yet`
  return approved >= required
    ? `${must}, and ${required === 1 ? 'has' : 'all have'}`
    : `${must}, ${spelled(approved)} ${approved === 1 ? 'has' : 'have'}`
}

type Act = {
  service: string
  where: string
  back: boolean
  document: { version: PlanDocument['version']; commits: PlanCommits; diff: PlanDiff }
  approved: number
  required: number
}

/** What signing would do, in one sentence without its stop. Holds text from outside: pass it through `visible`. */
export function actInWords({ service, where, back, document, approved, required }: Act): string {
  const { version, commits, diff } = document
  const step = version.from && version.from !== version.to ? `${version.from} → ${version.to}` : version.to
  const first = version.from === null ? ', where nothing ran before' : ''
  const brings = back
    ? `This takes ${service} back, ${step}, in ${where}`
    : `This brings ${service} ${step} to ${where}`
  const whose = commitsInWords(commits)
  return `${brings}${first}: ${changesInWords(diff)}, ${back ? `takes back ${whose}` : whose}; ${signaturesInWords(approved, required)}`
}

const hookPattern = /^Runs as a hook \((.+)\)$/

/** `1 PreSync Job, 2 PostSync Jobs`: what runs beside what is applied; empty without any. */
export function hooksInWords(diff: Extract<PlanDiff, { kind: 'known' }>): string {
  const found = new Map<string, number>()
  for (const { kind, risks, change } of diff.resources) {
    const phase = risks.map((risk) => hookPattern.exec(risk)?.[1]).find((each) => each !== undefined)
    if (phase === undefined || change === 'removed' || change === 'left-behind') continue
    found.set(`${phase} ${kind}`, (found.get(`${phase} ${kind}`) ?? 0) + 1)
  }
  return [...found].map(([what, count]) => counted(count, what)).join(', ')
}

/** What Argo CD is expected to do with the plan, a sentence each. `count`: manifests that it applies. */
export function outcomeInWords(diff: PlanDiff, count: number): string[] {
  const applies = `Argo CD applies ${counted(count, 'object')}`
  if (diff.kind === 'cannot-tell') return [`${applies}; what that changes nobody can tell.`]
  const { changed, added, removed, left } = tally(diff)
  const hooks = hooksInWords(diff)
  const of = [
    ...(changed > 0 ? [`${changed} ${changed === 1 ? 'changes' : 'change'}`] : []),
    ...(added > 0 ? [`${added} ${added === 1 ? 'is' : 'are'} new`] : []),
  ]
  return [
    of.length > 0
      ? `${applies}: ${of.join(', ')}, the rest stays as it is.`
      : `${applies}, none of which changes.`,
    removed > 0 ? `It prunes ${removed}.` : 'It prunes nothing.',
    ...(left > 0
      ? [`${left} no longer in Git ${left === 1 ? 'stays' : 'stay'}, because this sync does not prune.`]
      : []),
    hooks ? `Hooks: ${hooks}.` : 'No hook runs.',
  ]
}
