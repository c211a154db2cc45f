import { expect, test } from 'vitest'
import type { DiffLine, PlanCommit, ResourceDiff } from '#lib/plans/plan.ts'
import { anchorOf, authors, checksInWords, commitsInWords, cut, dedent, summarize } from './plan-words.ts'

const commit = (author: string): PlanCommit => ({ author, revision: 'a', subject: 's', repository: 'r' })
const line = (n: number): DiffLine => ({ kind: 'added', text: `${n}`, after: n })
const lines = (count: number, from = 1) => Array.from({ length: count }, (_, n) => line(from + n))
const resource = (more: Partial<ResourceDiff>): ResourceDiff => ({
  ...{ group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'checkout', change: 'changed' },
  ...{ hunks: [], noiseLines: 0, risks: [], hiddenValues: false, tooLarge: false },
  ...more,
})

test('commits are counted and people named once; a cut list never pretends to be whole', () => {
  const two = { commits: [commit('Mei'), commit('Jonas'), commit('Mei')] }
  expect(commitsInWords(two)).toBe('3 commits by Mei and Jonas')
  expect(commitsInWords({ commits: [commit('Mei')] })).toBe('1 commit by Mei')
  expect(commitsInWords({ commits: [commit('Mei')], incomplete: 'cut' })).toBe('at least 1 commit by Mei')
  expect(commitsInWords({ commits: [], incomplete: 'GitLab is down' })).toBe('commits unknown')
  expect(commitsInWords({ commits: [] })).toBe('no commits')
  expect(authors({ commits: ['A', 'B', 'C', 'D'].map(commit) })).toBe('A, B and 2 others')
})

test('unknown is no pass', () => {
  const check = (result: 'pass' | 'unknown') => ({ id: result, title: '', result, detail: '', blocks: false })
  expect(checksInWords([check('pass'), check('unknown')])).toBe('1 of 2 pass')
  expect(checksInWords([])).toBe('none')
})

test('risky resources stand first, unchanged ones are counted, hidden Secret values are never unchanged', () => {
  const calm = resource({ name: 'calm' })
  const risky = resource({ name: 'risky', risks: ['limits change'] })
  const same = resource({ name: 'same', change: 'unchanged' })
  const secret = resource({ name: 'secret', change: 'unchanged', hiddenValues: true })
  const known = { kind: 'known' as const, resources: [calm, same, risky, secret], noiseLines: 3, risks: 1 }
  const { shown, ...rest } = summarize(known)
  expect(shown.map(({ name }) => name)).toEqual(['risky', 'calm', 'secret'])
  expect(rest).toEqual({ unchanged: 1, noiseLines: 3, risky: 1 })
})

test('a long resource is cut inside a hunk, and nothing is lost', () => {
  const hunks = [{ lines: lines(3) }, { lines: lines(4, 10) }]
  const { head, rest, lines: total } = cut(hunks, 5)
  expect(total).toBe(7)
  expect([head.map((h) => h.lines.length), rest.map((h) => h.lines.length)]).toEqual([[3, 2], [2]])
  expect([...head, ...rest].flatMap((hunk) => hunk.lines)).toEqual(hunks.flatMap((hunk) => hunk.lines))
  expect(cut(hunks, 7)).toEqual({ head: hunks, rest: [], lines: 7 })
})

test('an anchor is safe in an address', () => {
  expect(anchorOf(resource({ name: 'a"><b' }))).toBe('diff-deployment-shop-a-b')
})

test('only the indentation that all lines share is taken off', () => {
  const text = (value: string): DiffLine => ({ kind: 'same', text: value })
  const hunks = [{ lines: [text('    a:'), text('')] }, { lines: [text('      b: 1')] }]
  expect(dedent(hunks).map((hunk) => hunk.lines.map((each) => each.text))).toEqual([['a:', ''], ['  b: 1']])
  expect(dedent([{ lines: [text('a')] }])).toEqual([{ lines: [text('a')] }])
})
