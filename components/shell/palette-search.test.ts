import { expect, test } from 'vitest'
import type { SearchResult } from '#lib/search/search.ts'
import type { PaletteEntry } from './palette-entries.tsx'
import { matching, paletteGroups, withRecent } from './palette-search.ts'

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
const found = (kind: SearchResult['kind'], id: string, href = `#${id}`): SearchResult => ({
  kind,
  id,
  label: id,
  labelMarks: [[0, 2]],
  detail: '',
  detailMarks: [],
  match: 'start',
  href,
})
const group = (kind: SearchResult['kind'], ...results: SearchResult[]) => ({
  kind,
  results,
  next: undefined,
  cut: false,
})
const namesOf = (groups: ReturnType<typeof paletteGroups>) =>
  groups.map(({ name, items }) => [name, items.map(({ label }) => label)])

test('an empty query shows all', () => expect(matching(entries, '  ')).toEqual(entries))
test('finds without accents and by other words', () => {
  expect(matching(entries, 'ozturk').map((e) => e.id)).toEqual(['c'])
  expect(matching(entries, 'MATR').map((e) => e.id)).toEqual(['a'])
})
test('the start of a word counts more than its middle', () => {
  expect(matching([go('x', 'Reinbox'), go('y', 'Inbox')], 'inb').map((e) => e.id)).toEqual(['y', 'x'])
})
test('every word must match', () => expect(matching(entries, 'all serv').map((e) => e.id)).toEqual(['d']))

test('groups local and found entries; a page that is already there is not repeated', () => {
  const answer = [group('service', found('service', 'inbox-api'), found('service', 'again', '#b'))]
  expect(namesOf(paletteGroups(entries, 'inbox', answer))).toEqual([
    ['Go to', ['Inbox']],
    ['Services', ['inbox-api']],
  ])
})
test('several commits of one application stay several', () => {
  const commits = group('commit', found('commit', 'c1', '#app'), found('commit', 'c2', '#app'))
  expect(namesOf(paletteGroups([], 'x', [commits]))).toEqual([['Commits', ['c1', 'c2']]])
})
test('what was opened lately leads an empty query, newest first, each once, without old marks', () => {
  const recent = ['a', 'b', 'a'].reduce(
    (all, id) => withRecent(all, found('service', id)),
    [] as SearchResult[],
  )
  expect(recent.map(({ id, labelMarks }) => [id, labelMarks])).toEqual([
    ['a', []],
    ['b', []],
  ])
  expect(namesOf(paletteGroups([], '', [], recent))).toEqual([['Recent', ['a', 'b']]])
  expect(paletteGroups([], 'x', [], recent)).toEqual([])
  const many = Array.from({ length: 9 }, (_, i) => String(i))
  expect(many.reduce((all, id) => withRecent(all, found('service', id)), [] as SearchResult[])).toHaveLength(
    6,
  )
})
