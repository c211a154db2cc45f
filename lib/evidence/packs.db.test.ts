import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { fileAnchor } from '#lib/audit/anchors.ts'
import { readLogLines } from '#lib/audit/export.ts'
import { checkFile } from '#lib/audit/files.ts'
import { readVkeys, signerPlaces } from '#lib/audit/keys.ts'
import { manyEvents, writeEvents } from '#lib/audit/testing.ts'
import { createFakeArgo } from '#lib/dispatch/testing.ts'
import { seedTarget, work } from '#lib/dispatch/testing-scene.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, anna, disabled, marta, requester, urls, web, worker } from '#lib/releases/testing-attacks.ts'
import { type RunningSigner, runSigner } from '#lib/worker/signer.ts'
import { askForPack } from './commands.ts'
import { getAnswer } from './data.ts'
import type { ExportInput } from './schema.ts'
import { verifyPack } from './verify-pack.ts'

const db = createDb(urls.web)
const workerDb = createDb(urls.worker)
let dir: string
let signer: RunningSigner
vi.spyOn(log, 'info').mockImplementation(() => {})

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-packs-'))
  await writeEvents(web, manyEvents(600))
  signer = await runSigner({
    url: urls.signer,
    places: signerPlaces(dir),
    anchors: [fileAnchor(join(dir, 'anchor.txt'))],
  })
})
beforeEach(() => {
  vi.spyOn(log, 'info').mockImplementation(() => {})
  vi.spyOn(log, 'error').mockImplementation(() => {})
})
afterAll(async () => {
  await signer.stop()
  await Promise.all([db.$disconnect(), workerDb.$disconnect()])
  await rm(dir, { recursive: true, force: true })
})

const auditor = (projects?: string[]): Viewer => ({
  ...{ accountId: marta.account, personId: marta.person, name: 'M', initials: 'M', groups: [] },
  ...{ grants: [{ role: 'auditor', projects }], service: false, enabled: true },
})
const keys = async () => (await readVkeys(signerPlaces(dir).vkey)) ?? []

async function exported(asked: ExportInput, by = auditor()): Promise<string> {
  const result = await askForPack(db, asked, by, 'req_1')
  if (!result.ok) throw new Error(result.refusal.code)
  const answer = await vi.waitFor(
    async () => {
      const found = await getAnswer(db, result.value.id, by.personId)
      if (found?.state === 'waiting' || !found) throw new Error('still waiting')
      return found
    },
    { timeout: 15_000, interval: 10 },
  )
  if (answer.state !== 'ready') throw new Error(answer.state === 'failed' ? answer.problem : '')
  return Buffer.from(answer.pack).toString('utf8')
}

async function released() {
  const argo = createFakeArgo()
  const { application, plan } = await seedTarget(admin, argo)
  const release = await seed.insertRelease(web, { application, plan, by: requester })
  for (const by of [anna, marta]) await seed.insertDecision(web, { release, plan, requester, by })
  await seed.moveRelease(web, release, 'approved', { kind: 'person', ...marta }, ', approved_at = now()')
  // The product's commands say so themselves; the seed speaks SQL.
  await web.query(`SELECT pg_notify('countersign', '{"log":true}')`)
  await vi.waitFor(
    async () => {
      const { rows } = await admin.query(
        'SELECT (SELECT max(size) FROM audit.receipt) > (SELECT max(seq) FROM audit.log) AS anchored',
      )
      expect(rows[0]?.anchored).toBe(true)
    },
    { timeout: 15_000, interval: 10 },
  )
  expect(await work(workerDb, argo)).toBe(release)
  const { rows } = await admin.query('SELECT state FROM rel.release WHERE id = $1', [release])
  expect(rows[0]?.state).toBe('succeeded')
  return { release, application }
}

test('a release, an application and a period each become a pack that verifies against the anchor', async () => {
  const { release, application } = await released()
  const anchors = [await fileAnchor(join(dir, 'anchor.txt')).read()]
  const asked: ExportInput[] = [
    { kind: 'release', release },
    { kind: 'application', application },
    { kind: 'period', from: plus(clock.now(), -3_600_000), to: plus(clock.now(), 3_600_000) },
  ]
  for (const each of asked) {
    const pack = await exported(each)
    const now = [await fileAnchor(join(dir, 'anchor.txt')).read()]
    const report = verifyPack(pack, { file: 'pack', keys: await keys(), anchors: now })
    expect(report).toMatchObject({ verdict: 'whole', findings: [] })
    expect(report.proved.at(-1)).toContain('anchor.txt')
    // The seed writes bare entries: what they do not say is told as missing, release by release.
    expect(report.missing.every((line) => line.startsWith('rel_'))).toBe(true)
    expect(report.about).toContain(each.kind === 'period' ? 'everything from' : each.kind)
    // Nobody may read along who did not ask.
    expect(verifyPack(pack, { file: 'pack', keys: [], anchors }).exitCode).toBe(5)
  }
  const said = await admin.query<{ scope: string }>(
    `SELECT audit.field(entry, '{data,scope}') AS scope FROM audit.event WHERE type = 'evidence.exported' ORDER BY at, id`,
  )
  expect(said.rows.map(({ scope }) => scope)).toEqual(['release', 'application', 'period'])
})

test('the exported log verifies, and any changed byte of it is found at its index', async () => {
  const path = join(dir, 'log.jsonl')
  const { lines, size } = await readLogLines(db, async () => {})
  const parts = []
  for await (const part of lines) parts.push(part)
  const text = Buffer.concat(parts)
  await writeFile(path, text)
  const trust = { keys: await keys(), anchors: [await fileAnchor(join(dir, 'anchor.txt')).read()] }
  expect(await checkFile(path, trust)).toMatchObject({ kind: 'log export', exitCode: 0 })
  expect((await checkFile(path, { ...trust, keys: [] })).exitCode).toBe(5)
  const rows = text.toString('utf8').split('\n')
  const first = rows.findIndex((row) => row.startsWith('{"seq":0,'))
  for (const seq of [0, 300, size - 1]) {
    const forged = rows.with(first + seq, (rows[first + seq] as string).replace('"v":1', '"v":2'))
    await writeFile(path, forged.join('\n'))
    expect(await checkFile(path, trust)).toMatchObject({ exitCode: 2, firstBad: seq })
  }
  await writeFile(path, rows.slice(0, first + 40).join('\n'))
  expect((await checkFile(path, trust)).exitCode).toBe(2)
})

test('nobody exports what is not theirs to read, nor more than a pack holds', async () => {
  const { release, application } = await released()
  const stranger = auditor(['payments'])
  const refusal = async (asked: ExportInput, by: Viewer) => {
    const result = await askForPack(db, asked, by, 'req_1')
    return result.ok ? undefined : result.refusal.code
  }
  expect(await refusal({ kind: 'release', release }, stranger)).toBe('no-such-thing')
  expect(await refusal({ kind: 'application', application }, stranger)).toBe('no-such-thing')
  const period = {
    kind: 'period',
    from: plus(clock.now(), -3_600_000),
    to: plus(clock.now(), 3_600_000),
  } as const
  expect(await refusal(period, stranger)).toBe('nothing-there')
  expect(await refusal(period, { ...auditor(), grants: [{ role: 'approver' }] })).toBe(
    'not-allowed-to-export',
  )
  const mine = await askForPack(db, { kind: 'release', release }, auditor(['shop']), 'req_1')
  if (!mine.ok) throw new Error(mine.refusal.code)
  expect(await getAnswer(db, mine.value.id, anna.person)).toBeUndefined()
})

test('a pack holds what the web attached only if an entry names it', async () => {
  const { release } = await released()
  const id = newId('export')
  const text = '{"v":1}'
  const lie = { kind: 'plan', sha256: 'a'.repeat(64), text }
  await ask(web, { id, release, attached: { documents: [lie], people: [] } })
  const pack = await vi.waitFor(
    async () => {
      const answer = await getAnswer(db, id, marta.person)
      if (answer?.state !== 'ready') throw new Error('still waiting')
      return Buffer.from(answer.pack).toString('utf8')
    },
    { timeout: 15_000, interval: 10 },
  )
  const report = verifyPack(pack, { file: 'pack', keys: await keys(), anchors: [] })
  expect(report.verdict).toBe('whole')
  expect(report.missing.join()).toContain('policy that was in force is not here')
})

test('the signer forgets an export after a day, and its pack with it', async () => {
  const { release } = await released()
  await exported({ kind: 'release', release })
  const count = async () =>
    (
      await admin.query<{ n: number }>('SELECT count(*)::int AS n FROM audit.export WHERE release_id = $1', [
        release,
      ])
    ).rows[0]?.n
  expect(await count()).toBe(1)
  await admin.query('ALTER TABLE audit.export DISABLE TRIGGER refuse_change')
  await admin.query(
    `UPDATE audit.export SET created_at = now() - interval '26 hours' WHERE release_id = $1`,
    [release],
  )
  await admin.query('ALTER TABLE audit.export ENABLE TRIGGER refuse_change')
  await web.query(`SELECT pg_notify('countersign', '{"log":true}')`)
  await vi.waitFor(async () => expect(await count()).toBe(0), { timeout: 15_000, interval: 10 })
  const { rows } = await admin.query(
    'SELECT FROM audit.pack p WHERE NOT EXISTS (SELECT FROM audit.export x WHERE x.id = p.export_id)',
  )
  expect(rows).toEqual([])
})

type Lies = { id: string; release: string; by?: seed.Who; event?: string; attached?: unknown }

/** An export in plain SQL, as a stolen web server could ask for one. */
async function ask(client: typeof web, { id, release, by = marta, event, attached = {} }: Lies) {
  await client.query('BEGIN')
  try {
    const entry = event ?? newId('event')
    if (!event)
      await client.query('INSERT INTO audit.event (id, entry) VALUES ($1, $2)', [
        entry,
        Buffer.from(
          `{"actor":{"kind":"person","person":"${by.person}"},"at":"${clock.now()}","data":{"export":"${id}"},"id":"${entry}","subject":{},"type":"evidence.exported","v":1}`,
        ),
      ])
    await client.query(
      `INSERT INTO audit.export (id, kind, release_id, attached, account_id, person_id, event_id) VALUES ($1, 'release', $2, $3, $4, $5, $6)`,
      [id, release, Buffer.from(JSON.stringify(attached)), by.account, by.person, entry],
    )
    await client.query(`SELECT pg_notify('countersign', '{"log":true}')`)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

test('an attack in plain SQL: no export without its entry, no pack but the signer’s, nothing changed or removed', async () => {
  const release = newId('release')
  const id = newId('export')
  await ask(web, { id, release })
  const sql: [typeof web, string, RegExp][] = [
    [web, `INSERT INTO audit.pack (export_id, pack) VALUES ('${id}', 'x')`, /permission denied/],
    [web, `DELETE FROM audit.export WHERE id = '${id}'`, /permission denied/],
    [web, `UPDATE audit.export SET release_id = 'rel_2' WHERE id = '${id}'`, /permission denied/],
    [worker, 'SELECT FROM audit.export', /permission denied/],
    [worker, 'SELECT FROM audit.pack', /permission denied/],
    [admin, `DELETE FROM audit.export WHERE id = '${id}'`, /kept for a day/],
    [admin, `UPDATE audit.export SET release_id = 'rel_2' WHERE id = '${id}'`, /append-only/],
  ]
  for (const [client, statement, why] of sql) await expect(client.query(statement)).rejects.toThrow(why)
  const other = await seed.writeEvent(web, 'sign-out', undefined, { kind: 'person', ...marta })
  await expect(ask(web, { id: newId('export'), release, event: other })).rejects.toThrow(
    'no entry of the log',
  )
  await expect(ask(web, { id: newId('export'), release, by: disabled })).rejects.toThrow('disabled account')
  await expect(ask(worker, { id: newId('export'), release })).rejects.toThrow(
    /event_writer|permission denied/,
  )
})
