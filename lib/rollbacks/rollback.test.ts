import { describe, expect, test } from 'vitest'
import type { Check } from '#lib/plans/plan.ts'
import { instant } from '#lib/platform/clock.ts'
import {
  changedParameters,
  checksBack,
  isOutdated,
  noWayBack,
  occasionInWords,
  type Ran,
  rollbackColumns,
  wasProven,
  wayBack,
} from './rollback.ts'

const source = { repoURL: 'https://git.example/shop.git', path: 'checkout', targetRevision: 'main' }
const day = (n: number) => instant(Date.UTC(2026, 10, n))

let n = 0
const ran = (version: string, more: Partial<Ran> = {}): Ran => ({
  id: `dep_${n++}`,
  uid: 'u',
  from: day(1),
  to: day(2),
  revisions: [version],
  sources: [source],
  version,
  images: [],
  inferred: false,
  release: { id: `rel_${version}`, state: 'succeeded', rollback: false },
  unexplained: false,
  halfway: false,
  ...more,
})
const running = (version: string, more: Partial<Ran> = {}) => ran(version, { to: null, ...more })
const ended = (state: string, rollback = false) => ({ release: { id: 'rel_x', state, rollback } })

describe('to what a rollback goes unless somebody picks another', () => {
  test.each<[string, Ran[], string | null]>([
    ['nothing ever ran', [], null],
    ['nothing ran before', [running('3')], null],
    ['what ran before', [running('3'), ran('2'), ran('1')], '2'],
    ['not the same revisions again', [running('3'), ran('3'), ran('2')], '2'],
    ['not what degraded', [running('3'), ran('2', ended('degraded')), ran('1')], '1'],
    ['not what failed in review', [running('3'), ran('2', ended('failed')), ran('1')], '1'],
    ['what nobody released, where nobody objected', [running('3'), ran('2', { release: null })], '2'],
    [
      'not what no release explains',
      [running('3'), ran('2', { release: null, unexplained: true }), ran('1')],
      '1',
    ],
    ['not what was rolled back from', [running('1', ended('succeeded', true)), ran('2'), ran('0')], '0'],
    ['not what nobody knows', [running('3'), ran('2', { inferred: true, revisions: [] }), ran('1')], '1'],
    ['not of another life', [running('3'), ran('2', { uid: 'old' })], null],
    ['the last that was whole, when a sync failed since', [running('3', { halfway: true }), ran('2')], '3'],
    [
      'not what degraded, when a sync failed since',
      [running('3', { halfway: true, ...ended('degraded') }), ran('2')],
      '2',
    ],
  ])('%s', (_, deployments, expected) => {
    expect(wayBack(deployments)?.version ?? null).toBe(expected)
  })
})

test.each<[string, Ran, Ran | null, string | null]>([
  ['it runs', running('1'), running('1'), 'runs-now'],
  ['nobody knows what it was', ran('1', { inferred: true }), running('2'), 'not-known'],
  ['no revisions', ran('1', { revisions: [] }), running('2'), 'not-known'],
  ['another life', ran('1', { uid: 'old' }), running('2'), 'another-life'],
  ['nothing is known to run', ran('1'), null, 'another-life'],
  ['the same again', ran('1'), running('1'), 'same-revisions'],
  ['it can', ran('1'), running('2'), null],
  ['a later sync failed', running('1'), running('1', { halfway: true }), null],
  ['the same again, and a later sync failed', ran('1'), running('1', { halfway: true }), null],
])('%s', (_, target, current, code) => {
  expect(noWayBack(target, current)?.code ?? null).toBe(code)
})

test('proven is only what a release brought and what worked', () => {
  expect(wasProven(ran('1'))).toBe(true)
  expect(wasProven(ran('1', { release: null }))).toBe(false)
  expect(wasProven(ran('1', ended('degraded')))).toBe(false)
  expect(wasProven(ran('1', { unexplained: true }))).toBe(false)
})

describe('what no revision brings back', () => {
  const helm = (parameters: { name: string; value: string }[], more = {}) => ({
    ...source,
    helm: { parameters, ...more },
  })
  test.each<[string, Ran['sources'], Ran['sources'], string[]]>([
    ['nothing changed', [source], [source], []],
    ['only the branch that is followed', [source], [{ ...source, targetRevision: 'release' }], []],
    ['another path', [source], [{ ...source, path: 'b' }], ['path: checkout > b, elsewhere']],
    [
      'another repository',
      [source],
      [{ ...source, repoURL: 'x' }],
      [`repoURL: ${source.repoURL} > x, elsewhere`],
    ],
    ['another source beside it', [source], [source, source], ['sources: 1 > 2, elsewhere']],
    [
      'a parameter by its name, in whatever place',
      [
        helm([
          { name: 'tag', value: '1' },
          { name: 'n', value: '2' },
        ]),
      ],
      [
        helm([
          { name: 'n', value: '2' },
          { name: 'tag', value: '2' },
        ]),
      ],
      ['helm.parameters[tag]: 1 > 2'],
    ],
    [
      'values, files and what was not set',
      [helm([], { values: 'a: 1', valueFiles: ['a.yaml'] })],
      [helm([], { values: 'a: 2' })],
      ['helm.valueFiles[1]: a.yaml > not set', 'helm.values: a: 1 > a: 2'],
    ],
    [
      'an image of kustomize, of the second source',
      [source, { ...source, kustomize: { images: ['app:1'] } }],
      [source, { ...source, kustomize: { images: ['app:2'] } }],
      ['source 2: kustomize.images[1]: app:1 > app:2'],
    ],
  ])('%s', (_, before, today, expected) => {
    const said = changedParameters(before, today).map(
      ({ name, was, is, elsewhere }) => `${name}: ${was} > ${is}${elsewhere ? ', elsewhere' : ''}`,
    )
    expect(said).toEqual(expected)
  })
})

describe('the checks of a plan back', () => {
  const order: Check = {
    id: 'order',
    title: 'Healthy',
    result: 'fail',
    detail: 'staging runs 9',
    blocks: false,
  }
  const answers = (target: Ran, today: Ran['sources'], images: string[] = []) =>
    checksBack([order], target, { changed: changedParameters(target.sources, today), images }).map(
      ({ id, result, blocks }) => `${id} ${result}${blocks && result !== 'pass' ? ' blocks' : ''}`,
    )
  const image = { images: ['reg.example/shop/checkout:1', 'injected.example/proxy:5'] }
  test.each<[string, string[], string[]]>([
    [
      'as it was',
      answers(ran('1', image), [source], ['reg.example/shop/checkout:1']),
      ['parameters pass', 'images-then pass'],
    ],
    ['images unknown', answers(ran('1'), [source]), ['parameters pass', 'images-then unknown']],
    [
      'another image under the same revision',
      answers(ran('1', image), [source], ['reg.example/shop/checkout:2']),
      ['parameters pass', 'images-then fail blocks'],
    ],
    [
      'a parameter that stays as it is now is told and does not block',
      answers(ran('1', image), [{ ...source, helm: { values: 'a: 2' } }], ['reg.example/shop/checkout:1']),
      ['parameters fail', 'images-then pass'],
    ],
    [
      'elsewhere blocks',
      answers(ran('1'), [{ ...source, path: 'b' }]),
      ['parameters fail blocks', 'images-then unknown'],
    ],
    [
      'sources unknown',
      answers(ran('1', { sources: [] }), [source]),
      ['parameters unknown', 'images-then unknown'],
    ],
  ])('%s', (_, said, expected) => {
    expect(said).toEqual(['order pass', ...expected])
  })
})

test('a plan back is outdated by another deployment, another source, another life; not by a commit', () => {
  const app = {
    uid: 'u' as string | null,
    sources: [source],
    deployed: { revisions: ['3'] },
    history: [{ id: 7 }],
  }
  const plan = { uid: 'u', sources: [source], previous: { revisions: ['3'], historyId: 7 } }
  expect(isOutdated(plan, app)).toBe(false)
  expect(isOutdated(plan, { ...app, history: [{ id: 7 }, { id: 8 }] })).toBe(true)
  expect(isOutdated(plan, { ...app, deployed: { revisions: ['4'] } })).toBe(true)
  expect(isOutdated(plan, { ...app, deployed: null })).toBe(true)
  expect(isOutdated(plan, { ...app, sources: [{ ...source, path: 'b' }] })).toBe(true)
  expect(isOutdated(plan, { ...app, uid: 'v' })).toBe(true)
})

test('the occasion, in words and as it is kept', () => {
  const incident = { kind: 'incident', name: 'INC-7' } as const
  const harm = { kind: 'release', release: 'rel_1' } as const
  expect([incident, harm].map(occasionInWords)).toEqual(['incident INC-7', 'release rel_1 did harm'])
  expect(rollbackColumns({ to: 'dep_1', occasion: incident })).toEqual({
    to: 'dep_1',
    kind: 'incident',
    name: 'INC-7',
    harm: null,
  })
  expect(rollbackColumns({ to: 'dep_1', occasion: harm })).toEqual({
    to: 'dep_1',
    kind: 'release',
    name: null,
    harm: 'rel_1',
  })
})
