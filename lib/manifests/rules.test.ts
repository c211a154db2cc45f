import { expect, test } from 'vitest'
import type { JsonObject } from './mask.ts'
import { brokenRules } from './rules.ts'

const container = {
  name: 'app',
  image: `r/app@sha256:${'a'.repeat(64)}`,
  resources: { limits: { memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } },
  readinessProbe: { httpGet: {} },
}
const workload = (kind: string, more: object = {}, pod: object = {}) =>
  ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'web' },
    spec: { template: { spec: { containers: [{ ...container, ...more }], ...pod } } },
  }) as unknown as JsonObject
const hook = (annotations: object, spec: object = {}) =>
  ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'migrate', annotations: { 'argocd.argoproj.io/hook': 'PreSync', ...annotations } },
    spec,
  }) as unknown as JsonObject
const none = { limits: [], requests: [], probes: [], privileged: [], digests: [], hooks: [] }

test('manifests that keep every rule', () => {
  expect(brokenRules([workload('Deployment'), workload('Job', { readinessProbe: undefined })])).toEqual(none)
})

test.each<[string, JsonObject, Partial<typeof none | Record<string, string[]>>]>([
  [
    'no limit',
    workload('Deployment', { resources: { requests: { cpu: 1, memory: 1 } } }),
    { limits: ['Deployment web: app has no memory limit'] },
  ],
  [
    'no requests',
    workload('Deployment', { resources: { limits: { memory: 1 } } }),
    { requests: ['Deployment web: app requests no cpu and no memory'] },
  ],
  [
    'no probe',
    workload('StatefulSet', { readinessProbe: undefined }),
    { probes: ['StatefulSet web: app has no readiness probe'] },
  ],
  [
    'privileged',
    workload('DaemonSet', { securityContext: { privileged: true } }),
    { privileged: ['DaemonSet web: app runs privileged'] },
  ],
  [
    'the network of the node',
    workload('Deployment', {}, { hostNetwork: true }),
    { privileged: ['Deployment web: Uses hostNetwork'] },
  ],
  ['a tag', workload('Deployment', { image: 'r/app:1' }), { digests: ['Deployment web: app runs r/app:1'] }],
  ['a hook that stays', hook({}), { hooks: ['Job migrate: nothing removes this hook when it is over'] }],
  [
    'a hook that stays until the next',
    hook({ 'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation' }),
    { hooks: ['Job migrate: nothing removes this hook when it is over'] },
  ],
  ['a hook that is removed', hook({ 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' }), {}],
  ['a hook of Helm that is removed', hook({ 'helm.sh/hook-delete-policy': 'hook-succeeded' }), {}],
  ['a hook with a time to live', hook({}, { ttlSecondsAfterFinished: 60 }), {}],
])('%s', (_, manifest, expected) => {
  expect(brokenRules([manifest])).toEqual({ ...none, ...expected })
})
