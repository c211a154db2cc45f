import { expect, test } from 'vitest'
import type { PaletteEntry } from './palette-entries.tsx'
import { matching, paletteGroups } from './palette-search.ts'

const go = (id: string, label: string, words = ''): PaletteEntry => ({
  id,
  label,
  words,
  group: 'Go to',
  href: `#${id}`,
})
const entries = [
  go('a', 'Services', 'matrix'),
  go('b', 'Inbox'),
  go('c', 'Jonas Öztürk'),
  go('d', 'All services'),
]

test('an empty query shows all', () => expect(matching(entries, '  ')).toEqual(entries))
test('finds without accents and by other words', () => {
  expect(matching(entries, 'ozturk').map((e) => e.id)).toEqual(['c'])
  expect(matching(entries, 'MATR').map((e) => e.id)).toEqual(['a'])
})
test('the start of a word counts more than its middle', () => {
  expect(matching([go('x', 'Reinbox'), go('y', 'Inbox')], 'inb').map((e) => e.id)).toEqual(['y', 'x'])
})
test('every word must match', () => expect(matching(entries, 'all serv').map((e) => e.id)).toEqual(['d']))
test('groups local and found entries, each address once', () => {
  const groups = paletteGroups(entries, 'inbox', [
    { kind: 'service', label: 'inbox-api', hint: 'shop', href: '#svc' },
    { kind: 'service', label: 'Inbox again', href: '#b' },
  ])
  expect(groups.map((g) => [g.name, g.items.map((i) => i.label)])).toEqual([
    ['Go to', ['Inbox']],
    ['Services', ['inbox-api']],
  ])
})
