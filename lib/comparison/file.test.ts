import { expect, test } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import { readAsked } from './asked.ts'
import type { ComparedRow } from './comparison.ts'
import { csvHead, csvRows } from './file.ts'

const now = instant('2026-11-23T12:00:00Z')

test('one line for each pair, and no formula in it', () => {
  const cell = {
    name: '=cmd()',
    target: null,
    version: '1.0',
    revisions: ['a', 'b'],
    health: null,
    sync: 'Synced',
  }
  const row = {
    ...{ service: 'cart', team: null, tier: null },
    pairs: [{ left: { ...cell, deployedAt: now }, right: null, difference: { kind: 'only-left' } }],
  } as unknown as ComparedRow
  const [line, ...rest] = csvRows([row]).split('\r\n')
  expect(rest).toEqual([''])
  expect(line).toBe(`cart,,only-left,'=cmd(),,1.0,a b,,Synced,${now},,,,,,,`)
  expect(csvHead().split(',')).toHaveLength((line ?? '').split(',').length)
})

test.each([
  [{}, { environment: 'staging', target: null, at: null }, { environment: 'prod', target: null, at: null }],
  [{ left: 'prod/eu', right: 'prod/us' }, { environment: 'prod', target: 'eu', at: null }, { target: 'us' }],
  [{ at: '2026-06-03T14:05Z' }, { at: '2026-06-03T14:05:00.000Z' }, { at: '2026-06-03T14:05:00.000Z' }],
  [
    { at: '2026-06-03T14:05Z', rightAt: '2026-06-04' },
    { at: '2026-06-03T14:05:00.000Z' },
    { at: '2026-06-04T23:59:59.000Z' },
  ],
  [{ leftAt: '', rightAt: '2100-01-01' }, { at: null }, { at: null }],
])('the address %o', (search, left, right) => {
  const asked = readAsked(search, ['dev', 'staging', 'prod'], now)
  expect(asked.left).toMatchObject(left)
  expect(asked.right).toMatchObject(right)
  expect(asked.problems).toEqual([])
})

test('a moment that is none is said once', () => {
  expect(readAsked({ at: 'noon' }, [], now).problems).toHaveLength(1)
})
