import { expect, test } from 'vitest'
import { inOrder } from './steady.ts'

const row = (service: string, team: string | null = null) => ({ service, team, tier: null, cells: {} })
const list = (names: string) => [...names].map((name) => row(name))
const held = (shown: string, latest: string) => {
  const { rows, moved } = inOrder(list(shown), list(latest))
  return [rows.map(({ row: { service }, gone }) => (gone ? `(${service})` : service)).join(''), moved]
}

test('rows change in their places', () => {
  const { rows, moved } = inOrder(list('ab'), [row('a'), row('b', 'new')])
  expect(rows.map((each) => each.row.team)).toEqual([null, 'new'])
  expect(moved).toBe(0)
})

test('the order stays, and what it would become is counted', () => {
  expect(held('abcd', 'abcd')).toEqual(['abcd', 0])
  expect(held('abcd', 'dabc')).toEqual(['abcd', 1])
  expect(held('abcd', 'dcba')).toEqual(['abcd', 3])
})

test('what left keeps its place, what arrived waits; one for the other is one move', () => {
  expect(held('abc', 'ab')).toEqual(['ab(c)', 1])
  expect(held('abc', 'abcd')).toEqual(['abc', 1])
  expect(held('abc', 'abd')).toEqual(['ab(c)', 1])
  expect(held('', 'ab')).toEqual(['', 2])
})
