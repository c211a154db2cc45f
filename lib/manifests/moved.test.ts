import { expect, test } from 'vitest'
import type { DiffLine, PlanDiff, ResourceDiff } from '#lib/plans/plan.ts'
import { movedBetween } from './moved.ts'

const resource = (name: string, lines: DiffLine[], risks: string[] = []): ResourceDiff => ({
  ...{ group: 'apps', kind: 'Deployment', namespace: 'shop', name, change: 'changed', risks },
  ...{ noiseLines: 1, hiddenValues: false, tooLarge: false, hunks: [{ lines }] },
})
const plan = (...resources: ResourceDiff[]): PlanDiff => ({
  kind: 'known',
  resources,
  noiseLines: 3,
  risks: 0,
})
const image = (to: string): DiffLine[] => [
  { kind: 'same', text: 'containers:', before: 1, after: 1 },
  { kind: 'removed', text: 'image: web:1.4.2', before: 2 },
  { kind: 'added', text: `image: web:${to}`, after: 2 },
]

test('only what the newer plan does otherwise is left', () => {
  const moved = movedBetween(
    plan(resource('web', image('1.5.0')), resource('same', image('9'))),
    plan(resource('web', image('1.5.1'), ['new risk']), resource('same', image('9'))),
  )
  expect(moved).toMatchObject({ kind: 'known', risks: 1, resources: [{ name: 'web', risks: ['new risk'] }] })
  const [web] = moved.kind === 'known' ? moved.resources : []
  expect(web?.hunks[0]?.lines.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    ...['same - image: web:1.4.2', 'removed + image: web:1.5.0', 'added + image: web:1.5.1'],
  ])
})

test('an object that only one of them changes is all of it', () => {
  const moved = movedBetween(plan(resource('gone', image('2'))), plan(resource('new', image('3'))))
  expect(moved.kind === 'known' && moved.resources.map(({ name }) => name)).toEqual(['gone', 'new'])
  expect(movedBetween(plan(), plan())).toEqual({ kind: 'known', resources: [], noiseLines: 0, risks: 0 })
})

test('what nobody can tell of one of them stays so', () => {
  const unknown: PlanDiff = { kind: 'cannot-tell', why: 'never compared' }
  expect(movedBetween(unknown, plan())).toBe(unknown)
  expect(movedBetween(plan(), unknown)).toBe(unknown)
})
