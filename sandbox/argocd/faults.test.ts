import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Practice, practice } from './testing.ts'

let at: Practice
beforeEach(async () => {
  at = await practice()
})
afterEach(() => at.close())

const control = (method: string, what: string, body?: unknown) =>
  fetch(`${at.argo.url}/_sandbox/${what}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) })

test.each([401, 500] as const)(
  'told to answer %i, it answers everything so, and the control path still works',
  async (status) => {
    await control('POST', 'faults', { kind: 'status', status })
    expect((await at.ask('/api/v1/applications')).status).toBe(status)
    await control('DELETE', 'faults')
    expect((await at.ask('/api/v1/applications')).status).toBe(200)
  },
)

test('a lost reply: the caller sees a broken connection, the sync runs, once', async () => {
  await control('POST', 'faults', { kind: 'drop-reply' })
  await expect(at.sync('checkout-prod', { project: 'shop' })).rejects.toThrow()
  expect(at.argo.accepted()).toHaveLength(1)
  at.clock.advance(5_000)
  const { accepted } = (await (await control('GET', 'requests')).json()) as { accepted: { kind: string }[] }
  expect(accepted.map((one) => one.kind)).toEqual(['sync'])
  expect((await at.get('checkout-prod')).status.operationState?.phase).toBe('Succeeded')
  expect((await at.sync('checkout-prod', { project: 'shop' })).status).toBe(200)
})

test('half a list breaks off in the middle', async () => {
  await control('POST', 'faults', { kind: 'half-object' })
  await expect(at.ask('/api/v1/applications')).rejects.toThrow()
})

test('one application of an unknown kind stands among the others', async () => {
  await control('POST', 'faults', { kind: 'unknown-type', application: 'checkout-prod' })
  const { body } = await at.ask('/api/v1/applications')
  const items = body.items as { metadata: { name: string }; status: { health: { status: string } } }[]
  const odd = items.filter((item) => item.status.health.status === 'Entangled')
  expect(odd.map((item) => item.metadata.name)).toEqual(['checkout-prod'])
  expect(items.length).toBe(at.world.inner.names.length)
})

test('slow means slow', async () => {
  await control('POST', 'faults', { kind: 'slow', delayMs: 60 })
  const started = performance.now()
  await at.ask('/api/v1/projects')
  expect(performance.now() - started).toBeGreaterThan(50)
})

test('commits and drift come in over the control path, and a wrong body is refused', async () => {
  const { sha } = (await (
    await control('POST', 'commits', { service: 'catalog', version: '2.0.0' })
  ).json()) as {
    sha: string
  }
  await control('POST', 'drift', { application: 'reports-prod', replicas: 9 })
  at.clock.advance(3_000)
  expect((await at.get('catalog-prod')).status.sync).toMatchObject({ status: 'OutOfSync', revision: sha })
  expect((await at.get('reports-prod')).status.sync.status).toBe('OutOfSync')
  expect((await control('POST', 'faults', { kind: 'gremlins' })).status).toBe(400)
  expect((await control('POST', 'nothing')).status).toBe(404)
})
