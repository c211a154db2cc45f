import { describe, expect, test } from 'vitest'
import { type Plan, planDifferences, shortDigest } from './plan.ts'
import { imagesIn } from './render.ts'

const plan: Plan = {
  v: 1,
  instance: 'main',
  namespace: 'argocd',
  name: 'checkout-prod',
  uid: 'u',
  project: 'shop',
  destination: { server: 'https://k', name: null, namespace: 'shop-prod' },
  sources: [{ repoURL: 'http://git/deploy.git', path: 'checkout/prod', targetRevision: 'main' }],
  multiSource: false,
  revisions: ['a'.repeat(40)],
  manifests: { digest: '1'.repeat(64), count: 3, stable: true },
  images: ['r/checkout:1'],
  syncOptions: [],
  prune: false,
  strategy: 'hook',
  policyDigest: '2'.repeat(64),
  previous: { revisions: ['b'.repeat(40)], historyId: 4 },
}

describe('every drift between signature and dispatch has its words', () => {
  const drifts: [string, Partial<Plan>][] = [
    ['created again', { uid: 'v' }],
    ['Git moved from aaaaaaa to ccccccc', { revisions: ['c'.repeat(40)] }],
    [
      'sources',
      {
        sources: [
          { ...plan.sources[0], repoURL: 'http://git/deploy.git', path: 'other', targetRevision: 'main' },
        ],
      },
    ],
    ['project shop to bank', { project: 'bank' }],
    ['destination', { destination: { ...plan.destination, namespace: 'elsewhere' } }],
    ['renders other manifests', { manifests: { ...plan.manifests, digest: '9'.repeat(64) } }],
    ['no longer render the same twice', { manifests: { ...plan.manifests, stable: false } }],
    ['images', { images: ['r/checkout:2'] }],
    ['sync options', { syncOptions: ['Replace=true'] }],
    ['sync options', { prune: true }],
    ['policy', { policyDigest: '3'.repeat(64) }],
    ['something else was deployed', { previous: { revisions: plan.previous.revisions, historyId: 5 } }],
  ]
  test.each(drifts)('%s', (words, change) => {
    expect(planDifferences(plan, { ...plan, ...change }).join('; ')).toContain(words)
  })
  test('nothing changed, nothing said', () =>
    expect(planDifferences(plan, structuredClone(plan))).toEqual([]))
})

test('images of every container, each once, sorted', () => {
  const pod = { spec: { initContainers: [{ image: 'b' }], containers: [{ image: 'a' }, { image: 'b' }] } }
  expect(imagesIn([pod, { data: { image: 7 } }])).toEqual(['a', 'b'])
})

test('a short digest keeps both ends', () =>
  expect(shortDigest(`3f9a${'0'.repeat(56)}c210`)).toBe('3f9a…c210'))
