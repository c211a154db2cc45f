import { expect, test } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import { csvField, exportText } from './export.ts'
import type { Cell, Column, ServiceRow } from './schema.ts'

test.each([
  ['checkout', 'checkout'],
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@sum', "'@sum"],
  ['  =1', "'  =1"],
  ['＝1', "'＝1"],
  ['\t=1', "'‹U+0009›=1"],
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['two\r\nlines', 'two‹U+000D›‹U+000A›lines'],
  ['\u202egnp.exe', '‹U+202E›gnp.exe'],
  ['Jonas Öztürk', 'Jonas Öztürk'],
  ['', ''],
])('%j is written as %j', (text, field) => {
  expect(csvField(text)).toBe(field)
})

const at = instant('2026-11-23T10:00:00.000Z')
const column = (environment: string): Column => ({
  key: environment,
  environment,
  target: null,
  protected: environment === 'prod',
  automatic: true,
  healths: {},
})
const columns = ['dev', 'prod'].map(column)
const cell: Cell = {
  application: 'app_1',
  name: 'shop-prod',
  instance: 'main',
  version: '=1.0',
  revisions: [],
  health: 'Healthy',
  healthSince: at,
  sync: 'Synced',
  deployedAt: at,
  relation: { kind: 'waiting', approved: 1, required: 2 },
  why: null,
  problem: null,
  asOf: null,
  mine: true,
  release: 'rel_1',
  more: 0,
}
const row = (service: string): ServiceRow => ({ service, team: 'shop', tier: '1', cells: { prod: cell } })
const pages: Record<string, { at: typeof at; columns: Column[]; rows: ServiceRow[]; next?: string }> = {
  first: { at, columns, rows: [row('a')], next: 'second' },
  // An environment that appeared meanwhile must not move the others.
  second: { at, columns: [column('new'), ...columns], rows: [row('b'), row('c')] },
}
async function exported(format: 'csv' | 'json', environments?: string[]) {
  const parts: string[] = []
  const first = pages.first
  if (!first) throw new Error('no page')
  const read = async (after: string) => pages[after] ?? first
  for await (const part of exportText(format, first, environments, read)) parts.push(part)
  return parts.join('')
}

test('a line for each service of every page, all with the columns of the head', async () => {
  const lines = (await exported('csv')).split('\r\n')
  expect(lines.pop()).toBe('')
  expect(lines.map((line) => line.split(',')[0])).toEqual(['service', 'a', 'b', 'c'])
  expect(new Set(lines.map((line) => line.split(',').length)).size).toBe(1)
  expect(lines[2]).toContain(",'=1.0,Healthy,2026-11-23T10:00:00.000Z,Synced,")
  expect(lines[2]).toContain(',waiting 1 of 2,yes,')
})

test('only the environments that are shown', async () => {
  expect(await exported('csv', ['prod'])).not.toContain('dev')
  const { rows } = JSON.parse(await exported('json', ['dev'])) as { rows: ServiceRow[] }
  expect(rows.map(({ service, cells }) => [service, Object.keys(cells)])).toEqual([
    ['a', []],
    ['b', []],
    ['c', []],
  ])
})

test('JSON is whole, and an export of nothing too', async () => {
  expect(JSON.parse(await exported('json'))).toMatchObject({ at, rows: [{ service: 'a' }, {}, {}] })
  const none = { at, columns, rows: [] }
  let text = ''
  for await (const part of exportText('json', none, undefined, async () => none)) text += part
  expect(JSON.parse(text)).toEqual({ at, rows: [] })
})
