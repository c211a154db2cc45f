import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { type ArgoClient, createArgoClient } from '#lib/argocd/client.ts'
import { registerInstances } from '#lib/catalog/commands.ts'
import { sweep } from '#lib/catalog/ingest.ts'
import { catalog } from '#lib/catalog/testing-truth.ts'
import { createDb } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import { type Practice, practice } from '#sandbox/argocd/testing.ts'
import { closeFinding } from './commands.ts'
import { coverage, getFinding, listFindings, openFindings, unaccounted } from './data.ts'
import { findChanges } from './execute.ts'

const { urls } = await testDatabase()
const db = createDb(urls.worker)
const web = createDb(urls.web)
const signal = new AbortController().signal
let admin: pg.Client
let sandbox: Practice
let client: ArgoClient
let name: string
const names = ['checkout', 'payments', 'search', 'reports', 'catalog'].map((each) => `${each}-prod`)

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  sandbox = await practice()
  await registerInstances(db, [{ name: 'main', webUrl: 'https://argo.example' }])
  client = createArgoClient({
    name: 'main',
    url: sandbox.argo.url,
    token: () => sandbox.argo.tokens.countersign,
    maskKey: new Uint8Array(32),
    caBundle: undefined,
  })
  await look()
})
afterAll(async () => {
  await client.close()
  await sandbox.close()
  await Promise.all([db.$disconnect(), web.$disconnect(), admin.end()])
})
let n = 0
beforeEach(() => {
  name = names[n++ % names.length] as string
})

/** The catalog hears it, then the worker looks. */
async function look(): Promise<void> {
  await sweep({ db, client, catalog, sweepEveryMs: 60_000 }, signal)
  const clients = new Map([['main', client]])
  while (await findChanges({ db, worker: 'w', clients, driftAfterMs: 1 }));
}
const after = async (ms: number) => {
  sandbox.clock.advance(ms)
  await look()
}
const idOf = async (app = name) => (await db.application.findFirstOrThrow({ where: { name: app } })).id
const foundFor = async (app = name) => {
  const { findings } = await listFindings(db, 'all', { application: await idOf(app) })
  const found = await Promise.all(findings.map(({ id }) => getFinding(db, 'all', id)))
  return found.filter((each) => each !== null).reverse()
}
const fresh = async (act: () => unknown, ms = 8_000) => {
  const before = (await foundFor()).length
  await act()
  await after(ms)
  await after(1_000)
  const all = await foundFor()
  return all.slice(before)
}
const source = () => sandbox.world.inner.apps.get(name)?.spec.source as NonNullable<unknown>
const operate = (
  more: object,
  by: object = { username: 'mallory' },
  info?: { name: string; value: string }[],
) =>
  sandbox.world.setOperation(name, {
    sync: { revision: '', source: source() as never, ...more },
    initiatedBy: by,
    retry: {},
    ...(info ? { info } : {}),
  })

test('the first sight finds nothing: what stands there is where judging begins', async () => {
  expect((await listFindings(db, 'all', {})).findings).toEqual([])
  expect(await coverage(db, 'all')).toMatchObject({ changes: 0, found: 0 })
  expect(await unaccounted(db)).toEqual([])
})

describe('each way past a release is one finding', () => {
  test('a deployment without a release', async () => {
    const found = await fresh(() => operate({}))
    expect(found).toMatchObject([{ kind: 'unapproved-deployment', saysWho: 'mallory', closing: null }])
    await after(60_000)
    expect((await foundFor()).at(-1)?.id).toBe(found[0]?.id)
  })
  test('in our name, without our token', async () => {
    expect(await fresh(() => operate({}, { username: 'countersign' }))).toMatchObject([
      { kind: 'forged-identity', saysWho: 'countersign' },
    ])
  })
  test('with a token that is none', async () => {
    const info = [{ name: 'countersign/token', value: 'made-up' }]
    expect(await fresh(() => operate({}, { username: 'mallory' }, info))).toMatchObject([
      { kind: 'forged-identity' },
    ])
  })
  test('deployments that nobody saw', async () => {
    const found = await fresh(async () => {
      for (let i = 0; i < 12; i++) {
        operate({})
        sandbox.clock.advance(8_000)
      }
    })
    expect(found.map(({ kind }) => kind)).toContain('unobserved-deployments')
    expect(found.find(({ kind }) => kind === 'unobserved-deployments')?.sentence).toMatch(
      /^\d+ deployments? took/,
    )
  })
  test('local manifests', async () => {
    expect(await fresh(() => operate({ manifests: ['{}'] }))).toMatchObject([{ kind: 'local-manifests' }])
  })
  test('a partial sync', async () => {
    const resources = [{ kind: 'Deployment', name: 'checkout' }]
    expect(await fresh(() => operate({ resources }))).toMatchObject([{ kind: 'partial-sync' }])
  })
  test('a dry run', async () => {
    expect(await fresh(() => operate({ dryRun: true }))).toMatchObject([{ kind: 'foreign-operation' }])
  })
  test.each([
    [
      'a target revision',
      (spec: { source?: { targetRevision?: string } }) =>
        Object.assign(spec.source ?? {}, { targetRevision: 'other' }),
      true,
    ],
    [
      'a parameter',
      (spec: { source?: object }) =>
        Object.assign(spec.source ?? {}, { helm: { parameters: [{ name: 'a', value: 'b' }] } }),
      true,
    ],
    [
      'a destination',
      (spec: { destination: object }) => Object.assign(spec.destination, { namespace: 'elsewhere' }),
      true,
    ],
    [
      'retry.refresh',
      (spec: object) => Object.assign(spec, { syncPolicy: { retry: { refresh: true } } }),
      false,
    ],
  ])('settings: %s', async (_, edit, blocks) => {
    const found = await fresh(() => sandbox.world.editSpec(name, (spec) => void edit(spec as never)))
    expect(found[0]).toMatchObject({ kind: 'settings-changed', blocks, source: 'spec' })
    expect(found[0]?.differences[0]?.before).not.toBe(found[0]?.differences[0]?.after)
  })
  test('live changed by hand, with what differs', async () => {
    // In sync first, or a new revision hides it.
    await fresh(() => operate({}))
    const found = await fresh(() => sandbox.world.drift(name, 7))
    expect(found).toMatchObject([{ kind: 'live-change', source: 'live' }])
    expect(found[0]?.differences[0]).toMatchObject({
      what: expect.stringMatching(/^Deployment/),
      after: expect.stringContaining('replicas: 7'),
    })
  })
  test('deleted and created again', async () => {
    const declared = sandbox.world.inner.apps.get(name)?.declared
    const found = await fresh(() => {
      sandbox.world.delete(name)
      sandbox.clock.advance(2_000)
      if (declared) sandbox.world.create({ ...declared, createdAt: sandbox.clock.now(), past: [] })
    })
    expect(found.map(({ kind }) => kind)).toContain('recreated')
    const recreated = found.find(({ kind }) => kind === 'recreated')
    expect(recreated?.blocks).toBe(true)
    expect(await openFindings(db, await idOf())).toMatchObject({ blocking: expect.any(String) })
  })
  test.each([
    ['notifier-prod', 'project', { project: 'elsewhere' }, true],
    ['gateway-prod', 'automated', { syncPolicy: { automated: { prune: true } } }, false],
  ])('settings of %s: %s', async (app, what, more, blocks) => {
    name = app
    const found = await fresh(() => sandbox.world.editSpec(name, (spec) => void Object.assign(spec, more)))
    const changed = found.filter(({ kind }) => kind === 'settings-changed')
    expect(changed).toMatchObject([{ blocks, differences: [{ what }] }])
  })
})

test('every history id belongs to exactly one finding or was before us, and looking again changes nothing', async () => {
  const before = (await listFindings(db, 'all', {}, { limit: 500 })).findings.length
  await admin.query('UPDATE rel.baseline SET seen_hash = NULL')
  await look()
  expect((await listFindings(db, 'all', {}, { limit: 500 })).findings).toHaveLength(before)
  expect(await unaccounted(db)).toEqual([])
  const { changes, released, found } = await coverage(db, 'all')
  expect(changes).toBe(released + found)
})

describe('a second person closes it', () => {
  const input = { kind: 'accepted', reason: 'agreed by telephone' } as const
  const viewer = async (person: string, projects?: string[]): Promise<Viewer> => {
    const who = await seed.seedPerson(admin, person)
    return {
      ...{ accountId: who.account, personId: who.person, name: person, initials: 'x', groups: [] },
      ...{ grants: [{ role: 'approver', projects }], service: false, enabled: true },
    }
  }
  test('not the one it names, not without the right, once', async () => {
    const open = await listFindings(db, 'all', { state: 'open', kind: 'unapproved-deployment' })
    const found = open.findings.find(({ saysWho }) => saysWho === 'mallory')
    const id = found?.id ?? ''
    const code = async (by: Viewer) => {
      const result = await closeFinding(web, id, input, by)
      return result.ok ? 'ok' : result.refusal.code
    }
    expect(await code(await viewer('mallory'))).toBe('said-to-be-you')
    expect(await code(await viewer('Elsewhere', ['payments-only']))).toBe('no-such-finding')
    expect(await code({ ...(await viewer('Dev')), grants: [{ role: 'developer' }] })).toBe('not-an-approver')
    expect(await code(await viewer('Anna'))).toBe('ok')
    expect(await code(await viewer('Marta'))).toBe('already-closed')
    const { rows } = await admin.query(
      `SELECT count(*)::int AS n FROM audit.event WHERE type = 'finding.close-refused'`,
    )
    expect(rows[0].n).toBe(3)
  })
})

test.each([
  `UPDATE rel.finding SET sentence = 'nothing'`,
  'DELETE FROM rel.finding',
  `INSERT INTO rel.finding_closing (finding_id, kind, reason, account_id, person_id, event_id) SELECT id, 'accepted', 'because', 'usr_1', 'per_1', 'evt_1' FROM rel.finding LIMIT 1`,
  `UPDATE rel.accounted SET before_us = true`,
  'DELETE FROM rel.accounted',
  `UPDATE rel.finding_closing SET kind = 'reverted'`,
])('refused, as worker and as web: %s', async (statement) => {
  for (const url of [urls.worker, urls.web]) {
    const role = await seed.connect(url)
    await expect(role.query(statement)).rejects.toThrow(/permission denied|append-only|enabled account/)
    await role.end()
  }
})
