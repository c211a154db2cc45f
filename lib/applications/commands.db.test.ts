import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { observe } from '#lib/argocd/application.ts'
import { rowOf } from '#lib/catalog/application-row.ts'
import { registerInstances, type SeenRow, upsertApplications } from '#lib/catalog/commands.ts'
import { catalog } from '#lib/catalog/testing-truth.ts'
import { createMasker } from '#lib/manifests/mask.ts'
import { createDb } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { storeRevision } from './commands.ts'

const { urls } = await testDatabase()
const db = createDb(urls.worker)
const web = createDb(urls.web)
afterAll(() => Promise.all([db.$disconnect(), web.$disconnect()]))

const masker = createMasker('k')

type Given = { kind: string; name: string; status?: string; health?: { status: string; message?: string } }

function seen(version: number, resources: readonly Given[], more: Record<string, unknown> = {}): SeenRow {
  const observation = observe(
    {
      metadata: { name, namespace: 'argocd', uid: 'u1', resourceVersion: String(version) },
      spec: { project: 'shop', source: { repoURL: 'https://git.example/x.git' } },
      status: {
        sync: { status: 'Synced' },
        health: { status: 'Healthy' },
        resources: resources.map((each) => ({ namespace: 'shop', status: 'Synced', ...each })),
        ...more,
      },
    },
    masker,
  )
  if (!observation.ok) throw new Error(observation.problem)
  return rowOf('main', observation.application, catalog, {})
}

const store = (row: SeenRow, whole = false) => upsertApplications(db, 'main', [row], whole)
const kept = () => web.resourceList.findFirst({ where: { application: { name } } })
const web1 = { kind: 'Deployment', name: 'web' }
const settings = { kind: 'ConfigMap', name: 'settings' }
const progressing = { ...web1, health: { status: 'Progressing', message: 'Waiting for 2 replicas' } }

beforeAll(() => registerInstances(db, [{ name: 'main', webUrl: 'https://argo.example' }]))
let name = ''
beforeEach(({ task }) => {
  name = task.id
})

describe('resources', () => {
  test('the list tells which, the watch how they are, and neither takes from the other', async () => {
    await store(seen(1, [web1, settings]))
    expect(await kept()).toMatchObject({
      health: null,
      resources: [['', 'Deployment', 'shop', 'web', 'Synced', '', 0], expect.anything()],
    })
    await store(seen(2, [progressing, settings]))
    await store(seen(3, [web1, { ...settings, status: 'OutOfSync' }]))
    expect(await kept()).toMatchObject({
      health: { '/Deployment/shop/web': ['Progressing', 'Waiting for 2 replicas'] },
      resources: [expect.anything(), ['', 'ConfigMap', 'shop', 'settings', 'OutOfSync', '', 0]],
    })
  })

  test('health of one is stored although nothing else changed, and the wide row is left alone', async () => {
    await store(seen(1, [web1]))
    const before = await web.application.findFirstOrThrow({ where: { name } })
    expect(await store(seen(2, [progressing]))).toEqual([])
    expect(await kept()).toMatchObject({
      health: { '/Deployment/shop/web': ['Progressing', expect.anything()] },
    })
    expect((await web.application.findFirstOrThrow({ where: { name } })).observedAt).toEqual(
      before.observedAt,
    )
  })

  test('what says the same writes nothing, what is older changes nothing', async () => {
    await store(seen(5, [progressing]))
    const written = (await kept())?.writtenAt
    await store(seen(6, [progressing]))
    await store(seen(4, [{ ...web1, health: { status: 'Degraded' } }]))
    expect(await kept()).toMatchObject({
      writtenAt: written,
      health: { '/Deployment/shop/web': ['Progressing', expect.anything()] },
    })
  })

  test('secrets in messages are masked, also in results of an operation', async () => {
    const secret = 'https://bot:hunter2hunter2@git.example/x'
    const operationState = {
      phase: 'Failed',
      operation: {},
      startedAt: '2026-06-03T14:00:00Z',
      syncResult: { resources: [{ kind: 'Job', name: 'migrate', status: 'SyncFailed', message: secret }] },
    }
    await store(seen(1, [{ ...web1, health: { status: 'Degraded', message: secret } }], { operationState }))
    const row = await kept()
    expect(JSON.stringify([row?.health, row?.results])).not.toContain('hunter2')
    expect(row?.results).toMatchObject([
      ['', 'Job', '', 'migrate', 'SyncFailed', expect.stringContaining('git.example'), '', '', ''],
    ])
  })

  test('the web may read them and no more', async () => {
    await store(seen(1, [web1]))
    await expect(web.$executeRaw`UPDATE catalog.resource_list SET resources = '[]'`).rejects.toThrow(
      /permission denied/,
    )
    await expect(web.$executeRaw`DELETE FROM catalog.resource_list`).rejects.toThrow(/permission denied/)
  })
})

test('what is known of a revision outlives that it cannot be asked for any more', async () => {
  await store(seen(1, [web1]))
  const { id } = await web.application.findFirstOrThrow({ where: { name } })
  const asked = { application: id, index: 0, revision: 'a'.repeat(40) }
  const told = {
    author: 'Mei Lin <mei@acme.example>',
    date: null,
    message: 'Sell <b>more</b>\n\nbody',
    tags: ['v1'],
    signatureInfo: null,
    references: [],
  }
  await storeRevision(db, asked, { problem: 'not our ref' })
  await storeRevision(db, asked, told)
  await storeRevision(db, asked, { problem: 'not our ref' })
  expect(await web.revision.findFirst()).toMatchObject({
    author: told.author,
    message: told.message,
    tags: ['v1'],
    problem: null,
  })
})
