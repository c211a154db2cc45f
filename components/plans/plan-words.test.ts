import { expect, test } from 'vitest'
import type { PlanCommit, ResourceDiff } from '#lib/plans/plan.ts'
import { anchorOf, authors, checksInWords, commitsInWords, summarize } from './plan-words.ts'

const commit = (author: string): PlanCommit => ({ author, revision: 'a', subject: 's', repository: 'r' })
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
  expect(rest).toEqual({ noisy: [], unchanged: 1, noiseLines: 3, risky: 1 })
})

test('an object in which only noise changes is named among the noise, not drawn empty', () => {
  const noisy = resource({ name: 'noisy', noiseLines: 2 })
  const large = resource({ name: 'large', noiseLines: 2, tooLarge: true })
  const known = { kind: 'known' as const, resources: [noisy, large], noiseLines: 4, risks: 0 }
  const { shown, noisy: folded } = summarize(known)
  expect([shown.map(({ name }) => name), folded.map(({ name }) => name)]).toEqual([['large'], ['noisy']])
  expect(shown[0]?.index).toBe(1)
})

test('an anchor is safe in an address', () => {
  expect(anchorOf(resource({ name: 'a"><b' }))).toBe('diff-deployment-shop-a-b')
})
