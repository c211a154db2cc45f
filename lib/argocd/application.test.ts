import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createMasker } from '#lib/manifests/mask.ts'
import { type ObservedApplication, observe } from './application.ts'
import { coming } from './coming.ts'

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

describe('every recorded application', () => {
  const folders = ['applications', 'sync', 'rollback', 'outofband']
  const recorded = folders.flatMap((folder) =>
    readdirSync(new URL(folder, recordings)).flatMap((file): [string, unknown][] => {
      const value = body(`${folder}/${file.replace('.json', '')}`)
      if (value?.metadata?.name) return [[`${folder}/${file}`, value]]
      if (file.includes('wrong-prefix') || !Array.isArray(value?.items)) return []
      return value.items.flatMap((item: { metadata?: { name?: string } }): [string, unknown][] =>
        item.metadata?.name ? [[`${folder}/${file} ${item.metadata.name}`, item]] : [],
      )
    }),
  )

  it('is understood', () => {
    expect(recorded.length).toBeGreaterThan(100)
    const problems = recorded.flatMap(([name, raw]) => {
      const observation = observe(raw, masker)
      return observation.ok ? [] : [`${name}: ${observation.problem}`]
    })
    expect(problems).toEqual([])
  })
})

describe('mapping', () => {
  it('reads who, where and from what', () => {
    expect(app('applications/get-checkout-prod')).toMatchObject({
      key: { namespace: 'argocd', name: 'checkout-prod' },
      project: 'shop',
      labels: { 'acme.example/service': 'checkout', 'acme.example/env': 'prod' },
      owner: { kind: 'ApplicationSet', name: 'shop' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop-prod' },
      sources: [{ path: 'checkout/prod', targetRevision: 'main' }],
      multiSource: false,
      targetRevisions: ['main'],
      automated: false,
      revisionHistoryLimit: 10,
      deleting: false,
    })
  })

  it('keeps several sources in order and reads their revisions as a list', () => {
    const ledger = app('applications/get-ledger-dev')
    expect(ledger.multiSource).toBe(true)
    expect(ledger.sources.map((source) => source.ref ?? source.path)).toEqual(['web', 'values'])
    expect(ledger.sync.revisions.map((each) => each.slice(0, 7))).toEqual(['9019c41', 'da59936'])
    expect(ledger.deployed?.revisions).toEqual(ledger.sync.revisions)
    expect(ledger.automated && ledger.automatedPrune && !ledger.selfHeal).toBe(true)
  })

  it('takes the last history entry as deployed, never the compared revision', () => {
    const drifted = app('outofband/live-drift')
    expect(drifted.deployed).toMatchObject({ historyId: 0, at: '2026-11-23T09:21:16.000Z' })
    expect(drifted.deployed?.revisions).not.toEqual(drifted.desiredRevisions)
    expect(app('applications/get-catalog-prod-history-cut').history).toHaveLength(10)
    expect(app('applications/get-catalog-prod-history-cut').history[0]?.id).toBeGreaterThan(0)
  })

  it('takes a finished full sync as deployed before it stands in the history, but no dry run or partial one', () => {
    const early = changed('sync/after-pinned', (raw) => {
      raw.status.history = []
    })
    expect(early.deployed).toMatchObject({
      historyId: null,
      revisions: ['46eb0c9b209a2b4ff6189ae1a9028de79a4437d1'],
    })
    expect(app('sync/dry-run-done').deployed).toBeNull()
    expect(app('sync/after-partial').deployed).toBeNull()
  })

  it('tells the states of an operation apart', () => {
    expect(app('sync/accepted-pinned').operation).toMatchObject({
      inFlight: true,
      phase: 'Pending',
      waitingForRetry: false,
    })
    expect(app('sync/waiting-for-retry').operation).toMatchObject({
      inFlight: true,
      phase: 'Running',
      waitingForRetry: true,
      retryCount: 1,
    })
    expect(app('sync/after-pinned').operation).toMatchObject({ inFlight: false, phase: 'Succeeded' })
    expect(app('sync/after-failed').operation).toMatchObject({
      inFlight: false,
      phase: 'Failed',
      failed: [{ kind: 'Deployment' }],
    })
    expect(app('sync/after-unknown-sha').operation).toMatchObject({ inFlight: false, phase: 'Error' })
  })

  it('does not take an old result for a new operation that was only just written', () => {
    const queued = changed('sync/after-pinned', (raw) => {
      raw.operation = { sync: { revision: 'f'.repeat(40) }, initiatedBy: { username: 'x' } }
    })
    expect(queued.operation).toMatchObject({
      inFlight: true,
      phase: 'Pending',
      request: { revisions: ['f'.repeat(40)] },
    })
  })

  it('says a repeated condition once per message', () => {
    const archive = changed('applications/get-archive-prod', (raw) => {
      raw.status.conditions.push(structuredClone(raw.status.conditions[0]))
    })
    expect(archive.conditions).toHaveLength(3)
  })

  it('keeps unknown values and drops unknown fields', () => {
    const strange = changed('applications/get-checkout-prod', (raw) => {
      raw.status.health.status = 'Dreaming'
      raw.status.sync.status = 'Sideways'
      raw.status.novelty = { x: 1 }
      raw.spec.source.novelty = { kept: true }
    })
    expect(strange.health.status).toBe('Dreaming')
    expect(strange.sync.status).toBe('Sideways')
    expect(strange).not.toHaveProperty('novelty')
    expect(strange.sources[0]).toHaveProperty('novelty')
    expect(coming(strange).kind).toBe('cannot-tell')
  })

  it('lets only web addresses through as links', () => {
    const linked = changed('applications/get-ledger-dev', (raw) => {
      raw.status.summary.externalURLs.push('javascript:alert(1)', 'data:text/html,x', 'not an address')
    })
    expect(linked.externalURLs).toEqual(['https://wiki.acme.example/ledger'])
  })

  it('masks secrets in source parameters and messages, the same way each time', () => {
    const make = (password: string) =>
      changed('applications/get-checkout-prod', (raw) => {
        raw.spec.source.helm = {
          parameters: [{ name: 'db.password', value: password }],
          values: `token: ${password}\n`,
        }
        raw.status.conditions = [
          { type: 'ComparisonError', message: `dial https://bob:${password}@db failed` },
        ]
      })
    expect(JSON.stringify(make('hunter2-canary'))).not.toContain('hunter2-canary')
    expect(make('hunter2-canary').sources).toEqual(make('hunter2-canary').sources)
    expect(make('hunter2-canary').sources).not.toEqual(make('other-canary').sources)
  })

  it('changes its fingerprint with any new operation and with nothing else', () => {
    const before = app('sync/after-pinned')
    const healthier = changed('sync/after-pinned', (raw) => {
      raw.status.health.status = 'Degraded'
      raw.status.sync.status = 'OutOfSync'
      raw.metadata.resourceVersion = '99'
    })
    const again = changed('sync/after-pinned', (raw) => {
      raw.status.operationState.startedAt = '2026-11-23T10:00:00Z'
    })
    expect(healthier.operationFingerprint).toBe(before.operationFingerprint)
    expect(again.operationFingerprint).not.toBe(before.operationFingerprint)
  })

  it.each([
    ['nothing', null, null],
    ['an empty object', {}, null],
    ['a list', [], null],
    ['no name', { metadata: { namespace: 'argocd' } }, null],
    [
      'a wrong type deep inside',
      { metadata: { name: 'x', namespace: 'n' }, status: { history: [{ id: 'seven' }] } },
      { namespace: 'n', name: 'x' },
    ],
    ['labels that are no texts', { metadata: { name: 'x', labels: { a: 1 } } }, { namespace: '', name: 'x' }],
    [
      'a moment that is none',
      { metadata: { name: 'x' }, status: { reconciledAt: 'yesterday' } },
      { namespace: '', name: 'x' },
    ],
  ])('names what it cannot read: %s', (_, raw, key) => {
    const observation = observe(raw, masker)
    expect(observation).toMatchObject({
      ok: false,
      key,
      problem: expect.stringMatching(/^not understood: \S/),
    })
  })
})
