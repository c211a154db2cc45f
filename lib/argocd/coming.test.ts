import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createMasker } from '#lib/manifests/mask.ts'
import { type ObservedApplication, observe } from './application.ts'
import { coming, difference } from './coming.ts'
import { type ApplicationSet, applicationSetSchema, type SyncWindows, syncWindowsSchema } from './schema.ts'

const recordings = new URL('../../sandbox/recordings/argocd/', import.meta.url)
const body = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}.json`, recordings), 'utf8')).response.body
const masker = createMasker('test')

function understood(raw: unknown): ObservedApplication {
  const observation = observe(raw, masker)
  if (!observation.ok) throw new Error(observation.problem)
  return observation.application
}
const app = (name: string) => understood(body(name))
const changed = (name: string, change: (raw: ReturnType<typeof body>) => void) => {
  const raw = structuredClone(body(name))
  change(raw)
  return understood(raw)
}

describe('what is coming', () => {
  const gateway = applicationSetSchema.parse(body('applicationsets/get-gateway'))
  const shop = applicationSetSchema.parse(body('applicationsets/get-shop'))
  const windows = (name: string) => syncWindowsSchema.parse(body(`details/syncwindows-${name}`))
  const outOfSync = (change: (raw: ReturnType<typeof body>) => void) =>
    changed('applications/get-checkout-dev', (raw) => {
      raw.status.sync.status = 'OutOfSync'
      for (const resource of raw.status.resources) resource.status = 'OutOfSync'
      raw.status.sync.revision = 'a'.repeat(40)
      raw.spec.syncPolicy = { automated: { prune: true } }
      change(raw)
    })
  const frozen = {
    activeWindows: [{ kind: 'deny', schedule: null, duration: null, manualSync: true }],
    assignedWindows: [],
    canSync: true,
  }

  it.each<[string, string, () => [ObservedApplication, (ApplicationSet | undefined)?, SyncWindows?]]>([
    ['in-sync', 'it is synced', () => [app('applications/get-checkout-dev'), shop]],
    [
      'waits-for-approval',
      'it is manual and nobody else syncs it',
      () => [app('applications/get-checkout-prod'), shop],
    ],
    ['waits-for-approval', 'it has no owner', () => [app('applications/get-ledger-prod')]],
    ['cannot-tell', 'its ApplicationSet could not be read', () => [app('applications/get-checkout-prod')]],
    [
      'waits-for-approval',
      'its rolling step updates none',
      () => [app('applications/get-gateway-prod'), gateway],
    ],
    [
      'waits-for-approval',
      'no rolling step takes it',
      () => [
        changed('applications/get-gateway-prod', (raw) => {
          raw.metadata.labels = {}
        }),
        gateway,
      ],
    ],
    [
      'rolling-sync',
      'its rolling step will',
      () => [
        changed('applications/get-gateway-prod', (raw) => {
          raw.metadata.labels['acme.example/env'] = 'staging'
        }),
        gateway,
      ],
    ],
    ['in-flight', 'a sync was accepted', () => [app('sync/accepted-pinned'), shop]],
    ['in-flight', 'a sync waits for its retry', () => [app('sync/waiting-for-retry'), shop]],
    ['cannot-tell', 'it never compared', () => [app('applications/get-broken-path-prod')]],
    ['cannot-tell', 'its specification is invalid', () => [app('applications/get-wrong-namespace-prod')]],
    [
      'frozen',
      'it is being deleted',
      () => [
        changed('applications/get-checkout-prod', (raw) => {
          raw.metadata.deletionTimestamp = '2026-11-23T09:00:00Z'
        }),
        shop,
      ],
    ],
    [
      'frozen',
      'Argo CD skips it',
      () => [
        changed('applications/get-checkout-prod', (raw) => {
          raw.metadata.annotations = { 'argocd.argoproj.io/skip-reconcile': 'true' }
        }),
        shop,
      ],
    ],
    ['automated', 'it will sync by itself', () => [outOfSync(() => {})]],
    [
      'waits-for-approval',
      'automated is there but switched off',
      () => [
        outOfSync((raw) => {
          raw.spec.syncPolicy.automated.enabled = false
        }),
        shop,
      ],
    ],
    [
      'gave-up',
      'automatic sync has failed for good',
      () => [
        outOfSync((raw) => {
          raw.status.conditions = [{ type: 'SyncError', message: 'Failed last sync attempt to [a]: x' }]
        }),
      ],
    ],
    [
      'live-drift',
      'live was changed and nothing heals it',
      () => [
        outOfSync((raw) => {
          raw.status.sync.revision = raw.status.operationState.syncResult.revision
        }),
      ],
    ],
    [
      'automated',
      'live was changed and self-heal puts it back',
      () => [
        outOfSync((raw) => {
          raw.status.sync.revision = raw.status.operationState.syncResult.revision
          raw.spec.syncPolicy.automated.selfHeal = true
        }),
      ],
    ],
    [
      'never-prunes',
      'only removals are left',
      () => [
        outOfSync((raw) => {
          raw.spec.syncPolicy.automated = {}
          for (const resource of raw.status.resources) resource.requiresPruning = true
        }),
      ],
    ],
    [
      'window',
      'a window blocks automatic syncs though it lets manual ones through',
      () => [outOfSync(() => {}), undefined, frozen],
    ],
    [
      'window',
      'an allow window exists but is not active',
      () => [outOfSync(() => {}), undefined, { ...windows('checkout-prod'), activeWindows: [] }],
    ],
    [
      'automated',
      'an allow window is active',
      () => [outOfSync(() => {}), undefined, windows('checkout-prod')],
    ],
  ])('%s when %s', (kind, _, given) => {
    const answer = coming(...given())
    expect(answer.kind).toBe(kind)
    expect(answer.reason).toMatch(/^[A-Z].{8,}/)
  })

  it.each([
    ['new-revision', () => app('applications/get-checkout-prod-degraded')],
    ['nothing-deployed', () => app('applications/get-archive-prod')],
    ['source-changed', () => app('outofband/source-parameters-changed')],
    [
      'live-drift',
      () =>
        changed('outofband/live-drift', (raw) => {
          raw.status.sync.revision = raw.status.history[0].revision
        }),
    ],
    ['none', () => app('applications/get-checkout-dev')],
  ] as const)('difference: %s', (expected, given) => {
    const found = given()
    expect(found.sync.status === 'OutOfSync' || expected === 'none' ? difference(found) : expected).toBe(
      expected,
    )
  })
})
