import { expect, test } from 'vitest'
import type { Cell, Column } from '#lib/catalog/schema.ts'
import { fold } from './fold.ts'

const column = (key: string): Column => {
  const [environment = '', target = null] = key.split('/')
  return { key, environment, target, protected: environment === 'prod', automatic: true, healths: {} }
}
const columns = ['dev', 'staging', 'prod/eu'].map(column)
const cell = (version: string | null, more: Partial<Cell> = {}): Cell => ({
  application: 'app_1',
  name: 'shop-dev',
  instance: 'main',
  version,
  revisions: [],
  health: 'Healthy',
  healthSince: null,
  sync: 'Synced',
  deployedAt: null,
  relation: { kind: 'same', as: 'dev' },
  why: null,
  problem: null,
  asOf: null,
  mine: false,
  release: null,
  more: 0,
  ...more,
})
const folded = (cells: Record<string, Cell>) => {
  const { lines, sentences } = fold({ service: 'shop', team: null, tier: null, cells }, columns)
  return [...lines.map((line) => line.column.key), ...sentences]
}

test('equal and well everywhere is one sentence', () => {
  expect(folded({ dev: cell('1.0'), staging: cell('1.0'), 'prod/eu': cell('1.0') })).toEqual([
    'Everywhere 1.0, healthy',
  ])
})

test('what differs keeps its line, the last environment first', () => {
  const behind = cell('0.9', { relation: { kind: 'behind' } })
  expect(folded({ dev: cell('1.0'), staging: cell('1.0'), 'prod/eu': behind })).toEqual([
    'prod/eu',
    'dev and staging: 1.0, healthy',
  ])
  expect(folded({ dev: cell('1.1'), staging: cell('1.0'), 'prod/eu': behind })).toEqual([
    'prod/eu',
    'staging',
    'dev',
  ])
})

test('trouble and several applications are never folded', () => {
  const others = { dev: cell('1.0'), staging: cell('1.0') }
  for (const more of [{ health: 'Degraded' }, { more: 1 }])
    expect(folded({ ...others, 'prod/eu': cell('1.0', more) })[0]).toBe('prod/eu')
})

test('where it is not deployed is said', () => {
  expect(folded({ dev: cell('1.0') })).toEqual(['dev', 'Not deployed in staging and prod eu'])
})

test('an old answer says where and since when, once', () => {
  const asOf = '2026-11-23T12:04:00.000Z' as Cell['asOf']
  const old = cell('1.0', { asOf })
  const stale = (cells: Record<string, Cell>) =>
    fold({ service: 'shop', team: null, tier: null, cells }, columns).stale
  expect(stale({ dev: cell('1.0'), staging: old, 'prod/eu': old })).toEqual([
    { where: 'staging and prod eu', asOf },
  ])
  expect(stale({ dev: old, staging: old })).toEqual([{ where: null, asOf }])
  expect(stale({ dev: cell('1.0') })).toEqual([])
})
