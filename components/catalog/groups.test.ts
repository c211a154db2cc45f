import { expect, test } from 'vitest'
import type { Cell, Column } from '#lib/catalog/schema.ts'
import { entriesOf, groupsOf, healthsOf, linesOf, totalText } from './groups.ts'

const column = (key: string): Column => {
  const [environment = '', target = null] = key.split('/')
  return {
    key,
    environment,
    target,
    protected: environment === 'prod',
    automatic: true,
    healths: { Healthy: 2 },
  }
}
const columns = ['dev', 'prod/eu', 'prod/jp', 'prod/us'].map(column)
const cell = (more: Partial<Cell> = {}): Cell => ({
  application: 'app_1',
  name: 'shop',
  instance: 'main',
  version: '1.0',
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
const folded = groupsOf(columns, { fold: ['prod'] })
const said = (cells: Record<string, Cell>) => {
  const [, prod] = folded
  if (!prod) throw new Error('no column')
  return entriesOf({ cells }, prod).map(({ cell: { version }, where, rest }) => [version, where, rest])
}

test('targets stand apart until they are folded; a layout chooses environments', () => {
  expect(groupsOf(columns, {}).map(({ key }) => key)).toEqual(['dev', 'prod/eu', 'prod/jp', 'prod/us'])
  expect(folded.map(({ key, targets }) => [key, targets])).toEqual([
    ['dev', 1],
    ['prod', 3],
  ])
  expect(groupsOf(columns, { columns: ['dev'] }).map(({ key }) => key)).toEqual(['dev'])
  expect(groupsOf(columns, { columns: ['nowhere'] })).toHaveLength(4)
  expect(folded.map(healthsOf)).toEqual([{ Healthy: 2 }, { Healthy: 6 }])
})

test('a fold says what all say, or the worst of them', () => {
  expect(said({ 'prod/eu': cell(), 'prod/jp': cell(), 'prod/us': cell() })).toEqual([
    ['1.0', 'all 3', undefined],
  ])
  expect(said({ 'prod/eu': cell(), 'prod/us': cell() })).toEqual([['1.0', '2 targets', undefined]])
  expect(said({ 'prod/eu': cell(), 'prod/jp': cell({ health: 'Degraded', version: '0.9' }) })).toEqual([
    ['0.9', 'jp', 1],
  ])
  expect(
    said({ 'prod/eu': cell(), 'prod/us': cell({ version: '0.9', relation: { kind: 'behind' } }) }),
  ).toEqual([['0.9', 'us', 1]])
  expect(said({ 'prod/us': cell() })).toEqual([['1.0', 'us', undefined]])
  expect(said({ dev: cell() })).toEqual([])
})

test('what waits for me is never folded, and makes its row higher', () => {
  const mine = cell({ mine: true, relation: { kind: 'waiting', approved: 1, required: 2 } })
  const cells = { dev: cell(), 'prod/eu': mine, 'prod/jp': cell(), 'prod/us': mine }
  expect(said(cells)).toEqual([
    ['1.0', 'eu', undefined],
    ['1.0', 'us', undefined],
    ['1.0', 'jp', undefined],
  ])
  expect([
    linesOf({ cells }, folded),
    linesOf({ cells }, groupsOf(columns, {})),
    linesOf({ cells: {} }, folded),
  ]).toEqual([3, 1, 1])
})

test('where counting stopped is said', () => {
  expect(totalText({ total: 1000, totalIsMinimum: true })).toBe('1,000+')
  expect(totalText({ total: 212, totalIsMinimum: false })).toBe('212')
})
