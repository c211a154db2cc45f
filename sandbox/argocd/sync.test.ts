import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Practice, practice } from './testing.ts'

let at: Practice
beforeEach(async () => {
  at = await practice()
})
afterEach(() => at.close())

const pinned = { retryStrategy: { limit: 0, refresh: false } }

const app = (name: string) => {
  const found = at.world.state().applications.find((application) => application.name === name)
  if (!found) throw new Error(name)
  return found
}

describe('one slot', () => {
  test('of many syncs at once one is accepted, and the world runs one', async () => {
    const body = { project: 'shop', revision: app('checkout-prod').desired[0], ...pinned }
    const answers = await Promise.all(Array.from({ length: 8 }, () => at.sync('checkout-prod', body)))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    const refused = answers.find((answer) => answer.status !== 200)
    expect(refused?.body).toMatchObject({ error: 'another operation is already in progress', code: 9 })
    const before = app('checkout-prod').historyIds.length
    at.clock.advance(10_000)
    expect(app('checkout-prod').historyIds).toHaveLength(before + 1)
    expect(at.argo.accepted().map((one) => one.application)).toEqual(['checkout-prod'])
  })

  test('the state of the operation before is gone as soon as the next is accepted', async () => {
    expect((await at.get('checkout-prod')).status.operationState?.phase).toBe('Succeeded')
    await at.sync('checkout-prod', { project: 'shop', ...pinned })
    expect((await at.get('checkout-prod')).status.operationState).toBeUndefined()
    expect((await at.get('checkout-prod')).operation).toBeDefined()
  })

  test('a dry run takes the slot and leaves no trace in history or cluster', async () => {
    const { historyIds, images } = app('checkout-prod')
    await at.sync('checkout-prod', { project: 'shop', dryRun: true })
    expect((await at.sync('checkout-prod', { project: 'shop' })).status).toBe(400)
    at.clock.advance(5_000)
    expect(app('checkout-prod')).toMatchObject({ historyIds, images, phase: 'Succeeded', busy: false })
  })
})

describe('what a request means', () => {
  test('a typo in a field name syncs the head, and only the echo tells', async () => {
    const deployed = app('checkout-prod').deployed[0]
    const { status, body } = await at.sync('checkout-prod', { project: 'shop', revison: deployed })
    expect(status).toBe(200)
    expect(body.operation?.sync.revision).toBe(app('checkout-prod').desired[0])
  })

  test.each(['', 'null', '{}'])('the body %j syncs the head', async (text) => {
    const { body } = await at.sync('checkout-prod', text)
    expect(body.operation?.sync.revision).toBe(app('checkout-prod').desired[0])
  })

  test('a field name counts in any case', async () => {
    const deployed = app('checkout-prod').deployed[0]
    const { body } = await at.sync('checkout-prod', { Project: 'shop', REVISION: deployed })
    expect(body.operation?.sync.revision).toBe(deployed)
  })

  test.each([
    [
      '{"revision": 7}',
      'json: cannot unmarshal number into Go struct field ApplicationSyncRequest.revision of type string',
    ],
    [
      '{"prune": "yes"}',
      'json: cannot unmarshal string into Go struct field ApplicationSyncRequest.prune of type bool',
    ],
    [
      '{"infos": [{"name": 1}]}',
      'json: cannot unmarshal number into Go struct field ApplicationSyncRequest.infos.name of type string',
    ],
    [
      '{"retryStrategy": {"limit": 1.5}}',
      'json: cannot unmarshal number 1.5 into Go struct field ApplicationSyncRequest.retryStrategy.limit of type int64',
    ],
    ['{"revision": "x"', 'unexpected EOF'],
    ['{"revision": x}', "invalid character 'x' looking for beginning of value"],
  ])('%s is refused in the words of Go', async (text, error) => {
    const { status, body } = await at.sync('checkout-prod', text)
    expect([status, body.code, body.error]).toEqual([400, 3, error])
    expect(at.argo.accepted()).toEqual([])
  })

  test('a commit that nobody has is accepted and fails later', async () => {
    const nobodys = 'd'.repeat(40)
    expect((await at.sync('checkout-prod', { project: 'shop', revision: nobodys, ...pinned })).status).toBe(
      200,
    )
    at.clock.advance(5_000)
    expect(app('checkout-prod').phase).toBe('Error')
    expect(app('checkout-prod').deployed).not.toContain(nobodys)
  })

  test('positions of sources count from one; a source left out is resolved', async () => {
    const { deployed, desired } = app('ledger-prod')
    const { body } = await at.sync('ledger-prod', {
      sourcePositions: [2],
      revisions: [deployed[1]],
      ...pinned,
    })
    expect(body.operation?.sync.revisions).toEqual([desired[0], deployed[1]])
  })
})

describe('refusals', () => {
  test('sync-refused is refused by a window although the windows say it may', async () => {
    const windows = await at.ask('/api/v1/applications/sync-refused-prod/syncwindows')
    expect(windows.body.canSync).toBe(true)
    const { status, body } = await at.sync('sync-refused-prod', { project: 'shop', ...pinned })
    expect([status, body.error, body.code]).toEqual([403, 'cannot sync: blocked by sync window', 7])
    expect(at.argo.accepted()).toEqual([])
  })

  test('an automated application takes no revision but the one it tracks', async () => {
    const { status, body } = await at.sync('checkout-dev', { revision: app('checkout-dev').desired[0] })
    expect([status, body.code]).toEqual([400, 9])
    expect(body.error).toMatch(/^Cannot sync to [0-9a-f]{40}: auto-sync currently set to main$/)
    expect((await at.sync('checkout-dev', { revision: 'main' })).status).toBe(200)
  })

  test('nothing is deployed by who may only read', async () => {
    const { status, body } = await at.sync('checkout-prod', { project: 'shop' }, 'reader')
    expect(status).toBe(403)
    expect(body.error).toContain(
      'permission denied: applications, sync, shop/checkout-prod, sub: reader, iat: ',
    )
  })

  test('manifests in the request need a right that the portal has not', async () => {
    const { status } = await at.sync('checkout-prod', { project: 'shop', manifests: ['{}'] })
    expect(status).toBe(403)
  })
})

describe('terminate', () => {
  const terminate = (name: string) => at.ask(`/api/v1/applications/${name}/operation`, { method: 'DELETE' })

  test('right after the request there is nothing to terminate yet', async () => {
    await at.sync('checkout-prod', { project: 'shop', ...pinned })
    expect((await terminate('checkout-prod')).body.error).toBe(
      'Unable to terminate operation. No operation is in progress',
    )
  })

  test('a sync that applies already says Terminating and still succeeds', async () => {
    const before = app('checkout-prod').historyIds.length
    await at.sync('checkout-prod', { project: 'shop', ...pinned })
    at.clock.advance(100)
    expect((await terminate('checkout-prod')).status).toBe(200)
    expect(app('checkout-prod').phase).toBe('Terminating')
    at.clock.advance(5_000)
    expect(app('checkout-prod').phase).toBe('Succeeded')
    expect(app('checkout-prod').historyIds).toHaveLength(before + 1)
  })

  test('a sync that waits is over at once with haste', async () => {
    await at.sync('slow-sync-prod', { project: 'shop', ...pinned })
    at.clock.advance(5_000)
    const haste = { method: 'POST', body: JSON.stringify({ application: 'slow-sync-prod' }) }
    expect((await fetch(`${at.argo.url}/_sandbox/haste`, haste)).status).toBe(200)
    at.clock.advance(2_000)
    expect(app('slow-sync-prod')).toMatchObject({ phase: 'Succeeded', busy: false })
    at.clock.advance(60_000)
    expect((await fetch(`${at.argo.url}/_sandbox/haste`, haste)).status).toBe(400)
  })

  test('a sync that waits ends, and nothing was deployed', async () => {
    const { historyIds, images } = app('slow-sync-prod')
    await at.sync('slow-sync-prod', { project: 'shop', ...pinned })
    at.clock.advance(10_000)
    await terminate('slow-sync-prod')
    at.clock.advance(60_000)
    expect(app('slow-sync-prod')).toMatchObject({ phase: 'Failed', historyIds, images, busy: false })
  })
})

describe('retries', () => {
  /** identity-prod carries `retry: {limit: 2, refresh: true}`; its next commit cannot be applied. */
  const breakIdentity = () => {
    const broken = at.world.commit({
      service: 'identity',
      envs: ['prod'],
      version: '5.0.0',
      settings: { selector: 'x' },
    })
    at.clock.advance(3_000)
    return broken.sha
  }

  test('who sends no retryStrategy inherits one that deploys something else than was asked for', async () => {
    const broken = breakIdentity()
    const { body } = await at.sync('identity-prod', { project: 'platform', revision: broken })
    expect(body.operation?.retry).toEqual({ limit: 2, refresh: true })
    at.clock.advance(2_000)
    const waiting = (await at.get('identity-prod')).status.operationState
    expect(waiting).toMatchObject({ phase: 'Running', retryCount: 1, finishedAt: expect.any(String) })
    const repaired = at.world.commit({
      service: 'identity',
      envs: ['prod'],
      version: '5.0.1',
      settings: { selector: 'identity' },
    })
    at.clock.advance(30_000)
    expect(app('identity-prod').deployed).toEqual([repaired.sha])
  })

  test('with an explicit retryStrategy the commit stays the one asked for', async () => {
    const broken = breakIdentity()
    const strategy = { limit: 1, refresh: false, backoff: { duration: '3s', factor: 2, maxDuration: '1m' } }
    await at.sync('identity-prod', { project: 'platform', revision: broken, retryStrategy: strategy })
    at.clock.advance(2_000)
    at.world.commit({
      service: 'identity',
      envs: ['prod'],
      version: '5.0.1',
      settings: { selector: 'identity' },
    })
    at.clock.advance(60_000)
    const { operationState } = (await at.get('identity-prod')).status
    expect(operationState).toMatchObject({ phase: 'Failed', syncResult: { revision: broken } })
    expect(operationState?.message).toMatch(/\(retried 1 times\)\.$/)
  })
})

test('a rollback replays an entry of the history, and only one that is still there', async () => {
  const { historyIds } = app('catalog-prod')
  const rollback = (id: number) =>
    at.ask('/api/v1/applications/catalog-prod/rollback', {
      method: 'POST',
      body: JSON.stringify({ id, project: 'shop' }),
    })
  const oldest = historyIds[0] ?? 0
  const entry = (await at.get('catalog-prod')).status.history?.find((one) => one.id === oldest)
  expect((await rollback(oldest - 1)).body.code).toBe(3)
  expect((await rollback(oldest)).body.operation?.sync.revision).toBe(entry?.revision)
  at.clock.advance(5_000)
  expect(app('catalog-prod')).toMatchObject({ sync: 'OutOfSync', deployed: [entry?.revision] })
})

test('who syncs past the portal is named in history, and not counted as our request', async () => {
  const response = await fetch(`${at.argo.url}/_sandbox/syncs`, {
    method: 'POST',
    body: JSON.stringify({ application: 'payments-prod', username: 'somebody' }),
  })
  expect(response.status).toBe(200)
  at.clock.advance(5_000)
  const { history } = (await at.get('payments-prod')).status
  expect(history?.at(-1)).toMatchObject({ initiatedBy: { username: 'somebody' } })
  expect(at.argo.accepted()).toEqual([])
})
