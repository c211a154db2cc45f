import { describe, expect, test } from 'vitest'
import type { CellThen, RowThen } from '#lib/past/schema.ts'
import { instant } from '#lib/platform/clock.ts'
import {
  compareRows,
  countDifferences,
  differenceOf,
  narrowed,
  readOnly,
  readSide,
  type Side,
  writeSide,
} from './comparison.ts'

const cell = (version: string | null, more: Partial<CellThen> = {}): CellThen => ({
  ...{ application: 'app_1', name: 'shop', instance: 'main', target: null, version },
  ...{
    revisions: ['a'.repeat(40)],
    images: ['shop:1'],
    deployedAt: instant('2026-06-01T00:00Z'),
    until: null,
  },
  ...{ cause: 'automation', actor: null, knownFrom: 'seen-live', health: 'Healthy', sync: 'Synced' },
  ...{ relation: null, absence: null, release: null, open: null },
  ...more,
})
const other = { revisions: ['b'.repeat(40)] }
const never = { version: null, deployedAt: null, revisions: [], images: [] }
const before = { ...never, absence: 'Nothing is known of it at this moment.' }

describe('how two differ', () => {
  test.each<[string, CellThen | null, CellThen | null, unknown]>([
    ['the same', cell('1.0.0'), cell('1.0.0'), { kind: 'same' }],
    ['older', cell('1.9.0'), cell('1.10.0', other), { kind: 'version', order: 'behind' }],
    ['newer', cell('2.0.0'), cell('1.10.0', other), { kind: 'version', order: 'ahead' }],
    ['a release after its candidate', cell('1.0.0'), cell('1.0.0-rc.2'), { kind: 'version', order: 'ahead' }],
    ['no order', cell('blue'), cell('green'), { kind: 'version', order: null }],
    ['diverged', cell('1.0.0 + 2.0.0'), cell('1.1.0 + 1.9.0'), { kind: 'version', order: null }],
    ['other images', cell('1.0.0'), cell('1.0.0', { images: ['shop:1', 'proxy:2'] }), { kind: 'images' }],
    ['only configuration', cell('1.0.0'), cell('1.0.0', other), { kind: 'configuration' }],
    ['commits that run the same images', cell('aaaaaaa'), cell('bbbbbbb', other), { kind: 'configuration' }],
    [
      'commits that run other images',
      cell('aaaaaaa'),
      cell('bbbbbbb', { ...other, images: ['shop:2'] }),
      { kind: 'version', order: null },
    ],
    [
      'images in another order',
      cell('1', { images: ['a', 'b'] }),
      cell('1', { images: ['b', 'a'] }),
      { kind: 'same' },
    ],
    ['left alone', cell('1.0.0'), null, { kind: 'only-left' }],
    ['right alone', null, cell('1.0.0'), { kind: 'only-right' }],
    ['never synced there', cell('1.0.0'), cell(null, never), { kind: 'only-left' }],
    ['not known there', cell('1.0.0'), cell(null, before), { kind: 'cannot-tell' }],
    ['not known at all', cell(null, before), null, { kind: 'cannot-tell' }],
    ['a version that nobody knows', cell(null, { revisions: [] }), cell('1.0.0'), { kind: 'cannot-tell' }],
    ['unknown versions of one commit', cell(null), cell(null), { kind: 'same' }],
    [
      'one version of revisions that nobody knows',
      cell('1', { revisions: [] }),
      cell('1', { revisions: [] }),
      { kind: 'cannot-tell' },
    ],
  ])('%s', (_, left, right, difference) => expect(differenceOf(left, right)).toEqual(difference))
})

const row = (service: string, cells: RowThen['cells']): RowThen => ({
  service,
  team: 'shop',
  tier: null,
  cells,
})
const side = (environment: string, target: string | null = null): Side => ({ environment, target, at: null })
const targets = [
  cell('1', { target: 'eu', application: 'eu' }),
  cell('2', { target: 'us', application: 'us' }),
]

describe('what stands beside what', () => {
  const pairs = (left: [Side, RowThen['cells']], right: [Side, RowThen['cells']]) =>
    compareRows(
      ['a'],
      { side: left[0], rows: [row('a', left[1])] },
      { side: right[0], rows: [row('a', right[1])] },
    ).flatMap((each) => each.pairs.map((pair) => [pair.left?.application, pair.right?.application]))

  test('one against each target', () => {
    const cells = { staging: [cell('1')], prod: targets }
    expect(pairs([side('staging'), cells], [side('prod'), cells])).toEqual([
      ['app_1', 'eu'],
      ['app_1', 'us'],
    ])
  })
  test('two targets of one environment', () => {
    expect(pairs([side('prod', 'eu'), { prod: targets }], [side('prod', 'us'), { prod: targets }])).toEqual([
      ['eu', 'us'],
    ])
  })
  test('target by target, and what only one has', () => {
    const right = [...targets.slice(1), cell('3', { target: 'ap', application: 'ap' })]
    expect(pairs([side('staging'), { staging: targets }], [side('prod'), { prod: right }])).toEqual([
      ['eu', undefined],
      ['us', 'us'],
      [undefined, 'ap'],
    ])
  })
  test('a service that is on neither side is left out, the order is as given', () => {
    const rows = [
      row('b', { prod: [cell('1')] }),
      row('a', { prod: [cell('1')] }),
      row('c', { dev: [cell('1')] }),
    ]
    const compared = compareRows(
      ['b', 'c', 'a'],
      { side: side('staging'), rows },
      { side: side('prod'), rows },
    )
    expect(compared.map(({ service }) => service)).toEqual(['b', 'a'])
  })
})

test('counts and filters agree', () => {
  const rows = [
    row('same', { staging: [cell('1')], prod: [cell('1')] }),
    row('new', { staging: [cell('1')] }),
    row('old', { staging: [cell('2.0.0')], prod: targets }),
  ]
  const compared = compareRows(
    ['new', 'old', 'same'],
    { side: side('staging'), rows },
    { side: side('prod'), rows },
  )
  const counts = countDifferences(compared)
  expect(counts).toMatchObject({ same: 1, 'only-left': 1, version: 2 })
  for (const [kind, count] of Object.entries(counts))
    expect(narrowed(compared, readOnly(kind)).flatMap(({ pairs }) => pairs)).toHaveLength(count)
  expect(narrowed(compared, 'differences').map(({ service }) => service)).toEqual(['new', 'old'])
  expect(narrowed(compared, 'all')).toHaveLength(3)
  expect(readOnly('nonsense')).toBe('differences')
})

test.each([
  ['prod', 'prod', null],
  ['prod/eu', 'prod', 'eu'],
  ['prod/eu/1', 'prod', 'eu/1'],
])('the side %s', (text, environment, target) => {
  const read = readSide(text, null)
  expect(read).toEqual({ environment, target, at: null })
  expect(read && writeSide(read)).toBe(text)
})
test.each([undefined, '', '/eu'])('no side: %s', (text) => expect(readSide(text, null)).toBeUndefined())
