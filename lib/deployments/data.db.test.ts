import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReadScope } from '#lib/access/policy.ts'
import { markGone, registerInstances, upsertApplications } from '#lib/catalog/commands.ts'
import { rowFor, sha, type Told, time } from '#lib/catalog/testing-rows.ts'
import { instant, plus } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import {
  attemptsOf as attemptPage,
  type DeploymentCursor,
  deploymentsOf,
  lifeOf,
  runningAt,
  statusAt,
} from './data.ts'

const { urls } = await testDatabase()
const db = createDb(urls.worker)
const web = createDb(urls.web)
const admin = createDb(urls.admin)
afterAll(() => Promise.all([db.$disconnect(), web.$disconnect(), admin.$disconnect()]))

const see = (name: string, told: Told, via: 'watch' | 'list' = 'list') =>
  upsertApplications(db, 'main', [{ ...rowFor('main', name, told), via }])
const idOf = async (name: string) => (await db.application.findFirstOrThrow({ where: { name } })).id
const at = (minute: number) => instant(time(minute))
const soon = () => plus(instant(Date.now()), 2_000)
const shop: ReadScope = { projects: ['shop'] }

beforeAll(async () => {
  await registerInstances(db, [{ name: 'main', webUrl: 'https://argo.example' }])
  await see('checkout-prod', { history: [1, 5, 9] })
  await see('checkout-dev', { environment: 'dev', history: [2, 6] })
  await see('ledger-prod', { service: 'ledger', project: 'payments', history: [3] })
})

describe('deployments', () => {
  test('of one application, newest first', async () => {
    const { rows, next } = await deploymentsOf(web, 'all', { application: await idOf('checkout-prod') })
    expect(rows.map((row) => [row.historyId, row.from, row.to])).toEqual([
      [9, at(9), null],
      [5, at(5), at(9)],
      [1, at(1), at(5)],
    ])
    expect(rows[0]).toMatchObject({
      cause: 'account',
      actor: 'jonas',
      knownFrom: 'history',
      revisions: [sha(9)],
    })
    expect(next).toBeNull()
  })

  test('page by page, none lost or shown twice while new ones come', async () => {
    const seen: (number | null)[] = []
    let after: DeploymentCursor | undefined
    for (let n = 0; n < 9; n++) {
      const page = await deploymentsOf(web, 'all', { service: 'checkout' }, { after, limit: 2 })
      seen.push(...page.rows.map((row) => row.historyId))
      if (n === 0) await see('checkout-prod', { version: 2, history: [1, 5, 9, 30] })
      if (!page.next) break
      after = page.next
    }
    expect(seen).toEqual([9, 6, 5, 2, 1])
  })

  test('only of projects somebody may read', async () => {
    expect(
      (await deploymentsOf(web, shop, { everything: true })).rows.map((row) => row.project),
    ).not.toContain('payments')
    expect((await deploymentsOf(web, shop, { service: 'ledger' })).rows).toEqual([])
    expect((await deploymentsOf(web, 'none', { everything: true })).rows).toEqual([])
    expect((await deploymentsOf(web, 'all', { service: 'ledger' })).rows).toHaveLength(1)
  })
})

describe('as of a moment', () => {
  const shown = async (minute: number, scope: ReadScope = 'all', services?: string[]) =>
    (await runningAt(web, scope, at(minute), services)).map((one) => [one.name, one.deployment?.historyId])

  test('half open: at its first instant the new one runs', async () => {
    expect(await shown(4)).toEqual([
      ['checkout-dev', 2],
      ['checkout-prod', 1],
      ['ledger-prod', 3],
    ])
    expect(await shown(5, 'all', ['checkout'])).toEqual([
      ['checkout-dev', 2],
      ['checkout-prod', 5],
    ])
    const [before] = await runningAt(web, 'all', plus(at(5), -1), ['checkout'])
    expect(before?.deployment?.historyId).toBe(2)
    expect(await shown(0)).toEqual([])
  })

  test('only what somebody may read', async () => {
    expect(await shown(4, shop)).toEqual([
      ['checkout-dev', 2],
      ['checkout-prod', 1],
    ])
    expect(await shown(4, 'none')).toEqual([])
  })

  test('before the first look only history speaks; from then on state and presence are known', async () => {
    const [then] = await runningAt(web, 'all', at(4), ['ledger'])
    expect(then).toMatchObject({
      presence: { is: 'before' },
      status: null,
      environment: 'prod',
      protected: true,
    })
    const [now] = await runningAt(web, 'all', soon(), ['ledger'])
    expect(now).toMatchObject({ presence: { is: 'present' }, status: { health: 'Healthy', sync: 'Synced' } })
  })

  test('health, place and presence are those of the moment', async () => {
    await see('moved', { service: 'old-name' })
    const before = instant((await db.$queryRaw<{ at: Date }[]>`SELECT clock_timestamp() AS at`)[0]?.at ?? 0)
    await see('moved', { version: 2, service: 'new-name', health: 'Degraded', project: 'payments' })
    const id = await idOf('moved')
    expect((await statusAt(web, 'all', plus(before, 1), [id])).get(id)?.health).toBe('Healthy')
    expect((await statusAt(web, 'all', soon(), [id])).get(id)?.health).toBe('Degraded')
    expect(await runningAt(web, 'all', plus(before, 1), ['old-name'])).toMatchObject([
      { projectThen: 'shop' },
    ])
    expect(await runningAt(web, 'all', soon(), ['old-name'])).toEqual([])
    expect(await runningAt(web, 'all', soon(), ['new-name'])).toMatchObject([{ projectThen: 'payments' }])
    // Today's project decides, also about yesterday.
    expect(await runningAt(web, shop, plus(before, 1), ['old-name'])).toEqual([])
    expect((await statusAt(web, shop, soon(), [id])).size).toBe(0)
    await markGone(db, 'main', [{ key: { namespace: 'argocd', name: 'moved' }, reason: 'deleted' }])
    expect(await runningAt(web, 'all', soon(), ['new-name'])).toMatchObject([
      { presence: { is: 'gone', why: 'deleted' }, deployment: null },
    ])
    const { stays, places } = await lifeOf(web, 'all', id)
    expect(stays).toMatchObject([{ began: 'found', ended: 'deleted', renamedFrom: null }])
    expect(places.map((place) => place.service)).toEqual(['old-name', 'new-name'])
    expect(await lifeOf(web, shop, id)).toEqual({ stays: [], places: [] })
  })
})

const attemptsOf = async (...asked: Parameters<typeof attemptPage>) => (await attemptPage(...asked)).rows

describe('attempts and causes', () => {
  const running = (minute: number, more: object = {}) => ({
    phase: 'Running',
    startedAt: time(minute),
    operation: { sync: { revision: sha(minute) }, initiatedBy: { username: 'countersign' }, ...more },
  })

  test('in flight, then failed: an attempt; deployed: none any more', async () => {
    const id = await idOf('checkout-dev')
    const history = [2, 6]
    const environment = 'dev'
    await see('checkout-dev', { version: 10, environment, history, operation: running(20) }, 'watch')
    expect(await attemptsOf(web, shop, { application: id })).toMatchObject([
      { phase: 'Running', finishedAt: null },
    ])
    const failed = { ...running(20), phase: 'Failed', finishedAt: time(21), message: 'no such object' }
    await see('checkout-dev', { version: 11, environment, history, operation: failed }, 'watch')
    expect(await attemptsOf(web, shop, { service: 'checkout' })).toMatchObject([
      { phase: 'Failed', finishedAt: at(21), message: 'no such object', cause: 'account' },
    ])
    const syncResult = {
      revision: sha(22),
      source: { repoURL: 'x' },
      resources: [{ images: ['reg/checkout:2.0.0'] }],
    }
    const done = { ...running(22), phase: 'Succeeded', finishedAt: time(22), syncResult }
    await see('checkout-dev', { version: 12, environment, history, operation: running(22) }, 'watch')
    await see(
      'checkout-dev',
      { version: 13, environment, history: [...history, 22], operation: done },
      'watch',
    )
    expect(await attemptsOf(web, shop, { application: id })).toHaveLength(1)
    const { rows } = await deploymentsOf(web, shop, { application: id })
    expect(rows[0]).toMatchObject({ historyId: 22, knownFrom: 'seen-live', version: '2.0.0' })
    expect(await attemptsOf(web, { projects: ['payments'] }, { application: id })).toEqual([])
  })

  test('a release is named by the token of its intent', async () => {
    const id = await idOf('ledger-prod')
    const token = 't'.repeat(43)
    // Only what is read here; the guards of releases have their own tests.
    await admin.$transaction([
      admin.$executeRaw`SET LOCAL session_replication_role = replica`,
      admin.$executeRaw`INSERT INTO rel.release (id, application_id, plan_digest, requester_account, requester_person, reason,
          required_approvals, policy, policy_digest, not_after, event_id, state)
        VALUES ('rel_1', ${id}, 'd', 'usr_1', 'per_1', 'because', 1, '{}', 'p', now() + interval '1 day', 'evt_1', 'syncing')`,
      admin.$executeRaw`INSERT INTO rel.intent (id, release_id, n, plan_digest, epoch, token, body, pre_state_hash, receipt_id,
          event_id, created_at, post_deadline, quiet_until)
        VALUES ('int_1', 'rel_1', 1, 'd', 1, ${token}, ${JSON.stringify({ revision: sha(40) })}::jsonb, 'h', 1, 'evt_2',
          ${at(40)}::timestamptz, ${plus(at(40), 15_000)}::timestamptz, ${plus(at(40), 90_000)}::timestamptz)`,
    ])
    const told = { service: 'ledger', project: 'payments' }
    const info = [{ name: 'countersign/token', value: token }]
    await see(
      'ledger-prod',
      { ...told, version: 20, history: [3], operation: running(40, { info }) },
      'watch',
    )
    expect(await attemptsOf(web, 'all', { application: id })).toMatchObject([
      { cause: 'release', releaseId: 'rel_1' },
    ])
    // The end of it is lost, and somebody else has begun another one.
    const other = { ...running(45), phase: 'Failed', finishedAt: time(45) }
    await see('ledger-prod', { ...told, version: 30, history: [3, 40], operation: other })
    const { rows } = await deploymentsOf(web, 'all', { application: id })
    expect(rows[0]).toMatchObject({ cause: 'release', releaseId: 'rel_1', knownFrom: 'history' })
    expect(
      (await attemptsOf(web, 'all', { application: id })).map((each) => [each.startedAt, each.cause]),
    ).toEqual([[at(45), 'account']])
    expect(await runningAt(web, 'all', soon(), ['ledger'])).toMatchObject([{ openRelease: 'rel_1' }])
  })
})
