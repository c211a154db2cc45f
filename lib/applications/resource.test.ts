import { expect, test } from 'vitest'
import type { ListedResource } from '#lib/argocd/listed.ts'
import {
  illOf,
  isFailedStep,
  isTrouble,
  resourcePage,
  resourcesMax,
  resourcesOf,
  stepsOf,
} from './resource.ts'

const listed = (kind: string, name: string, sync = 'Synced', flags = '', group = ''): ListedResource => [
  ...([group, kind, 'shop', name, sync, flags, 0] as const),
]

const some = resourcesOf({
  resources: [
    listed('ConfigMap', 'settings'),
    listed('Service', 'web'),
    listed('Deployment', 'web', 'Synced', '', 'apps'),
    listed('Deployment', 'worker', 'OutOfSync', '', 'apps'),
    listed('Job', 'migrate', '', 'h', 'batch'),
    listed('ConfigMap', 'old', 'OutOfSync', 'p'),
    listed('Certificate', 'web', 'Synced', '', 'cert-manager.io'),
  ],
  health: {
    'apps/Deployment/shop/web': ['Degraded', 'crash loop'],
    'apps/Deployment/shop/worker': ['Healthy', ''],
    '/Service/shop/web': ['Healthy', ''],
    'cert-manager.io/Certificate/shop/web': ['Blossoming', ''],
    '/Secret/shop/gone': ['Degraded', 'of a resource that is no more'],
  },
})

test('trouble comes first, the worst before all, and words we do not know count as trouble', () => {
  const { rows, trouble, total } = resourcePage(some, {})
  expect(rows.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'Deployment web',
    'Certificate (cert-manager.io) web',
    'ConfigMap old',
    'Deployment worker',
    'ConfigMap settings',
    'Job migrate',
    'Service web',
  ])
  expect([trouble, total]).toEqual([4, 7])
  expect(
    isTrouble(resourcesOf({ resources: [listed('Job', 'migrate', '', 'h')], health: null })[0] as never),
  ).toBe(false)
})

test('ill is what has health and is not healthy', () => {
  expect(illOf(some).map(({ health }) => health)).toEqual(['Degraded', 'Blossoming'])
})

test('kinds are counted over everything, whatever the filter', () => {
  const { kinds, found } = resourcePage(some, { kind: 'Deployment', q: 'CRASH' })
  expect(found).toBe(1)
  expect(kinds.slice(0, 2)).toEqual([
    { kind: 'Deployment', total: 2, trouble: 2 },
    { kind: 'Certificate (cert-manager.io)', total: 1, trouble: 1 },
  ])
  expect(kinds).toHaveLength(5)
})

test('five thousand come a page at a time, and a page that is not there is the last', () => {
  const many = resourcesOf({
    resources: Array.from({ length: 5_000 }, (_, n) => listed('ConfigMap', `c${String(n).padStart(4, '0')}`)),
    health: null,
  })
  const began = performance.now()
  const seen = new Set<string>()
  for (let from = 0; from < 5_000; from += resourcesMax)
    for (const { name } of resourcePage(many, { from }).rows) seen.add(name)
  expect(seen.size).toBe(5_000)
  expect((performance.now() - began) / 50).toBeLessThan(100)
  expect(resourcePage(many, { from: 99_999 })).toMatchObject({ from: 4_900, found: 5_000 })
  expect(resourcePage([], { from: 100 })).toMatchObject({ from: 0, found: 0, rows: [] })
})

test('steps stand in the order in which Argo CD goes, failed ones say so', () => {
  const steps = stepsOf(
    [
      ['', 'Service', 'shop', 'web', 'Synced', '', '', '', 'Sync'],
      ['batch', 'Job', 'shop', 'smoke', '', 'still running', 'PostSync', 'Running', 'PostSync'],
      ['apps', 'Deployment', 'shop', 'web', 'SyncFailed', 'refused', '', '', 'Sync'],
      ['batch', 'Job', 'shop', 'migrate', 'Synced', '', 'PreSync', 'Succeeded', 'PreSync'],
    ],
    resourcesOf({ resources: [['', 'Service', 'shop', 'web', 'Synced', '', 3]], health: null }),
  )
  expect(steps.map(({ phase, wave, name, result }) => [phase, wave, name, result])).toEqual([
    ['PreSync', 0, 'migrate', 'Succeeded'],
    ['Sync', 0, 'web', 'SyncFailed'],
    ['Sync', 3, 'web', 'Synced'],
    ['PostSync', 0, 'smoke', 'Running'],
  ])
  expect(steps.filter(isFailedStep).map(({ message }) => message)).toEqual(['refused'])
})
