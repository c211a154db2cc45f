import { expect, test } from 'vitest'
import type { PlanDiff, ResourceDiff } from '#lib/plans/plan.ts'
import { actInWords, changesInWords, outcomeInWords, signaturesInWords } from './act-words.ts'

const resource = (change: ResourceDiff['change'], more: Partial<ResourceDiff> = {}): ResourceDiff => ({
  ...{ group: '', kind: 'ConfigMap', namespace: 'shop', name: 'a', change, hunks: [] },
  ...{ noiseLines: 0, risks: [], hiddenValues: false, tooLarge: false },
  ...more,
})
const known = (...resources: ResourceDiff[]) => ({
  ...{ kind: 'known' as const, resources, noiseLines: 0, risks: 0 },
})
const job = resource('added', { kind: 'Job', risks: ['Runs as a hook (PreSync)'] })
const diff = known(resource('changed'), resource('changed'), resource('removed'), resource('unchanged'))
const unknown: PlanDiff = { kind: 'cannot-tell', why: 'never compared' }

test('the act is one sentence: what, where, how much, by whom, and who still signs', () => {
  const commit = { author: 'Mei Lin', revision: 'a', subject: 's', repository: 'r' }
  const document = { version: { from: '1.4.2', to: '1.5.0' }, commits: { commits: [commit] }, diff }
  const act = { service: 'payments', where: 'prod', back: false, document, approved: 1, required: 2 }
  expect(actInWords(act)).toBe(
    'This brings payments 1.4.2 → 1.5.0 to prod: 2 objects change, 1 is removed, 1 commit by Mei Lin; two people must sign, one has',
  )
  const fresh = { ...act, document: { ...document, version: { from: null, to: '1.5.0' } } }
  expect(actInWords(fresh)).toMatch(/^This brings payments 1\.5\.0 to prod, where nothing ran before: /)
  expect(actInWords({ ...act, back: true })).toMatch(/^This takes payments back, .* takes back 1 commit by/)
})

test('nothing and not knowing are told apart', () => {
  expect(changesInWords(known(resource('unchanged')))).toBe('no object changes')
  expect(changesInWords(unknown)).toBe('nobody can tell what changes')
  expect(outcomeInWords(unknown, 3)).toEqual([
    'Argo CD applies 3 objects; what that changes nobody can tell.',
  ])
})

test('signatures are counted', () => {
  expect(signaturesInWords(0, 1)).toBe('one person must sign, nobody has yet')
  expect(signaturesInWords(2, 3)).toBe('three people must sign, two have')
  expect(signaturesInWords(2, 2)).toBe('two people must sign, and all have')
})

test('the outcome names what is pruned, what stays, and the hooks that run', () => {
  expect(outcomeInWords(known(resource('changed'), job, resource('left-behind')), 5)).toEqual([
    'Argo CD applies 5 objects: 1 changes, 1 is new, the rest stays as it is.',
    'It prunes nothing.',
    '1 no longer in Git stays, because this sync does not prune.',
    'Hooks: 1 PreSync Job.',
  ])
  expect(outcomeInWords(known(resource('removed')), 5)).toEqual([
    'Argo CD applies 5 objects, none of which changes.',
    'It prunes 1.',
    'No hook runs.',
  ])
})
