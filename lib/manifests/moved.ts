import { structuredPatch } from 'diff'
import type { DiffLine, PlanDiff, ResourceDiff } from '#lib/plans/plan.ts'

type Known = Extract<PlanDiff, { kind: 'known' }>

const keyOf = ({ group, kind, namespace, name }: ResourceDiff) => [group, kind, namespace, name].join('\0')

/** What one plan changes of an object, a line each with its sign: the same change of another plan reads the same. */
const changesOf = (resource: ResourceDiff | undefined): string =>
  (resource?.hunks ?? [])
    .flatMap(({ lines }) => lines)
    .filter(({ kind }) => kind !== 'same')
    .map(({ kind, text }) => `${kind === 'added' ? '+' : '-'} ${text}\n`)
    .join('')

function linesBetween(signed: string, now: string): DiffLine[] {
  const patch = structuredPatch('', '', signed, now, '', '', { context: 3, maxEditLength: 4000 })
  if (!patch) {
    const lines = (text: string) => text.split('\n').slice(0, -1)
    return [
      ...lines(signed).map((text, i): DiffLine => ({ kind: 'removed', text, before: i + 1 })),
      ...lines(now).map((text, i): DiffLine => ({ kind: 'added', text, after: i + 1 })),
    ]
  }
  return patch.hunks.flatMap(({ oldStart, newStart, lines }) => {
    let [before, after] = [oldStart, newStart]
    return lines.flatMap((line): DiffLine[] => {
      const text = line.slice(1)
      if (line[0] === '+') return [{ kind: 'added', text, after: after++ }]
      if (line[0] === '-') return [{ kind: 'removed', text, before: before++ }]
      return line[0] === ' ' ? [{ kind: 'same', text, before: before++, after: after++ }] : []
    })
  })
}

/**
 * What a newer plan would do otherwise than the one that was read: a diff of two diffs. Its lines are changes, with
 * their sign: those that only the older one makes are removed, those that only the newer one makes are added.
 */
export function movedBetween(signed: PlanDiff, now: PlanDiff): PlanDiff {
  if (signed.kind === 'cannot-tell') return signed
  if (now.kind === 'cannot-tell') return now
  const after = new Map(now.resources.map((each) => [keyOf(each), each]))
  const before = new Map(signed.resources.map((each) => [keyOf(each), each]))
  const resources = [...new Set([...before.keys(), ...after.keys()])].flatMap((key): ResourceDiff[] => {
    const [was, is] = [before.get(key), after.get(key)]
    const either = is ?? was
    if (!either) return []
    const texts = [changesOf(was), changesOf(is)] as const
    const known = new Set(was?.risks)
    const risks = is?.risks.filter((risk) => !known.has(risk)) ?? []
    if (texts[0] === texts[1] && was?.change === is?.change && risks.length === 0) return []
    const lines = linesBetween(...texts)
    const hunks = lines.length > 0 ? [{ lines }] : []
    return [
      { ...either, change: 'changed', hunks, risks, noiseLines: 0, hiddenValues: false, tooLarge: false },
    ]
  })
  const risks = resources.reduce((sum, each) => sum + each.risks.length, 0)
  return { kind: 'known', resources, noiseLines: 0, risks } satisfies Known
}
