import { describe, expect, test } from 'vitest'
import { manualClock } from './clock.ts'
import { targetOf } from './compare.ts'
import { commitsBetween } from './git.ts'
import type { SyncWindow } from './projects.ts'
import { isActive, maySync } from './windows.ts'
import { createWorld, type WorldOptions } from './world.ts'

const noon = '2026-11-23T12:00:00Z'

function begin(options: WorldOptions = {}) {
  const clock = manualClock(noon)
  const world = createWorld({ clock, ...options })
  const app = (name: string) => {
    const found = world.state().applications.find((application) => application.name === name)
    if (!found) throw new Error(name)
    return found
  }
  return { clock, world, app }
}

/** Subjects of the commits between what is deployed and what is wanted. */
function waiting({ world, app }: ReturnType<typeof begin>, name: string, path: string): string[] {
  const { deployed, desired } = app(name)
  const repo = [...world.inner.repos.values()].find((candidate) => candidate.index.has(desired.at(-1) ?? ''))
  if (!repo) throw new Error(name)
  return commitsBetween(repo, deployed.at(-1), desired.at(-1) ?? '', path).map((commit) => commit.message)
}

test('the same seed gives the same world', () => {
  expect(begin().world.state()).toEqual(begin().world.state())
})

test('production waits one to three commits behind, one of them with markup in its message', () => {
  const started = begin()
  const counts = ['checkout', 'payments', 'search', 'notifier'].map(
    (service) => waiting(started, `${service}-prod`, `${service}/prod`).length,
  )
  expect(counts).toEqual([2, 1, 3, 1])
  expect(waiting(started, 'gateway-prod', 'overlays/prod')).toHaveLength(1)
  expect(waiting(started, 'ledger-prod', 'ledger/prod')).toHaveLength(1)
  expect(waiting(started, 'checkout-prod', 'checkout/prod').join()).toContain('<img src=x onerror=alert(1)>')
  expect(started.app('catalog-prod').historyIds).toHaveLength(10)
})

test('manifests are a function of application and revision', () => {
  const { world, app } = begin()
  const checkout = world.inner.apps.get('checkout-prod')
  if (!checkout) throw new Error('no checkout-prod')
  const { deployed, desired } = app('checkout-prod')
  expect(targetOf(world.inner, checkout, deployed)).toEqual(targetOf(world.inner, checkout, deployed))
  expect(targetOf(world.inner, checkout, deployed)).not.toEqual(targetOf(world.inner, checkout, desired))
})

test('a commit rolls out by itself in dev and staging and waits in prod', () => {
  const { world, clock, app } = begin()
  const { sha } = world.commit({ service: 'catalog', version: '2.0.0' })
  clock.advance(1_900)
  expect(app('catalog-dev').desired).not.toEqual([sha])
  clock.advance(6_000)
  for (const env of ['dev', 'staging'])
    expect(app(`catalog-${env}`)).toMatchObject({ sync: 'Synced', health: 'Healthy', deployed: [sha] })
  expect(app('catalog-prod')).toMatchObject({ sync: 'OutOfSync', health: 'Healthy', desired: [sha] })
})

test('the rolling ApplicationSet goes from dev to staging and stops before prod', () => {
  const { world, clock, app } = begin()
  const { sha } = world.commit({ service: 'gateway', version: '3.9.0' })
  clock.advance(4_000)
  expect(app('gateway-staging').deployed).not.toEqual([sha])
  clock.advance(20_000)
  expect(app('gateway-staging')).toMatchObject({ sync: 'Synced', deployed: [sha] })
  expect(app('gateway-prod').deployed).not.toEqual([sha])
})

test('live drift is healed where self-healing is on and stays where it is not', () => {
  const { world, clock, app } = begin()
  world.drift('catalog-dev', 7)
  world.drift('catalog-prod', 7)
  clock.advance(10_000)
  expect(app('catalog-dev').sync).toBe('Synced')
  expect(app('catalog-prod').sync).toBe('OutOfSync')
})

test('the sentinels: one degrades, one takes half a minute', () => {
  const { world, clock, app } = begin()
  for (const name of ['always-degrades-prod', 'slow-sync-prod']) {
    const revision = app(name).desired[0] ?? ''
    const source = world.inner.apps.get(name)?.spec.source
    world.setOperation(name, { sync: { revision, source }, initiatedBy: { username: 'mei' }, retry: {} })
  }
  clock.advance(15_000)
  expect(app('always-degrades-prod')).toMatchObject({ phase: 'Succeeded', health: 'Degraded' })
  expect(app('slow-sync-prod').phase).toBe('Running')
  clock.advance(20_000)
  expect(app('slow-sync-prod')).toMatchObject({ phase: 'Succeeded', health: 'Healthy' })
})

test('generated services are there, cheap until somebody touches one', () => {
  const { world, clock, app } = begin({ services: 600 })
  expect(world.inner.apps.size).toBeGreaterThan(1_800)
  expect([app('svc-0001-prod').sync, app('svc-0002-prod').sync]).toEqual(['OutOfSync', 'Synced'])
  const { sha } = world.commit({ service: 'svc-0002', version: '7.0.0' })
  clock.advance(10_000)
  expect(app('svc-0002-dev').deployed).toEqual([sha])
  const built = [...world.inner.apps.values()].filter(
    (one) => one.declared.service.startsWith('svc-') && one.core,
  )
  expect(built.map((one) => one.name).sort()).toEqual(['svc-0002-dev', 'svc-0002-prod', 'svc-0002-staging'])
})

describe('sync windows', () => {
  const night: SyncWindow = {
    kind: 'deny',
    schedule: '0 22 * * *',
    duration: '8h',
    timeZone: 'Europe/Berlin',
  }
  test.each([
    ['2026-11-23T20:59:00Z', false],
    ['2026-11-23T21:00:00Z', true],
    ['2026-11-24T04:59:00Z', true],
    ['2026-11-24T05:00:00Z', false],
    ['2026-07-01T20:00:00Z', true],
  ])('the night freeze at %s: %s', (iso, active) => {
    expect(isActive(night, Date.parse(iso))).toBe(active)
  })

  const allow: SyncWindow = { kind: 'allow', schedule: '* * * * *', duration: '1h' }
  test.each([
    ['no window', { assigned: [], active: [] }, true, true],
    ['an active deny', { assigned: [night, allow], active: [night, allow] }, false, false],
    [
      'a deny that lets hands through',
      { assigned: [night], active: [{ ...night, manualSync: true }] },
      true,
      false,
    ],
    ['an allow that is closed', { assigned: [allow], active: [] }, false, false],
    [
      'a closed allow that lets hands through',
      { assigned: [{ ...allow, manualSync: true }], active: [] },
      true,
      false,
    ],
  ])('%s', (_, windows, byHand, byItself) => {
    expect([maySync(windows, true), maySync(windows, false)]).toEqual([byHand, byItself])
  })
})

test('a saved world goes on where it was: its history, its commits, and the sync that was running', () => {
  const before = begin()
  before.world.commit({ service: 'payments', version: '9.9.9', envs: ['prod'] })
  before.clock.advance(5_000)
  const target = before.world.inner.apps.get('payments-prod')
  if (!target) throw new Error('no payments-prod')
  const revision = before.app('payments-prod').desired[0]
  before.world.setOperation('payments-prod', {
    sync: { revision },
    initiatedBy: { username: 'jonas' },
    retry: {},
  })
  before.clock.advance(100)
  expect(before.app('payments-prod').busy).toBe(true)
  const saved = before.world.save()

  const clock = manualClock('2026-11-24T09:00:00Z')
  const world = createWorld({ clock, saved })
  const after = () => world.state().applications.find(({ name }) => name === 'payments-prod')
  expect(world.state().heads).toEqual(before.world.state().heads)
  expect(world.inner.apps.get('payments-prod')?.uid).toBe(target.uid)
  expect(after()).toMatchObject({ busy: true, historyIds: before.app('payments-prod').historyIds })
  clock.advance(10_000)
  expect(after()).toMatchObject({ busy: false, phase: 'Succeeded', health: 'Healthy', deployed: [revision] })
})

test('what was saved of another world, or is damaged, is passed over', () => {
  const fresh = begin().world.state()
  expect(begin({ saved: begin({ seed: 'other' }).world.save() }).world.state()).toEqual(fresh)
  expect(begin({ saved: Buffer.from('damaged') }).world.state()).toEqual(fresh)
})
