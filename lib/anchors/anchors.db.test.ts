import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fileAnchor } from '#lib/audit/anchors.ts'
import { verifyDatabase } from '#lib/audit/check.ts'
import { readVkeys, signerPlaces } from '#lib/audit/keys.ts'
import { connect, disarm, manyEvents, rearm, wipe, writeEvents } from '#lib/audit/testing.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { type RunningSigner, runSigner } from '#lib/worker/signer.ts'
import { startWitness } from '#lib/worker/witness.ts'
import { startGitlab } from '#sandbox/gitlab/server.ts'
import { manualClock } from '#sandbox/world/clock.ts'
import { createWorld } from '#sandbox/world/world.ts'
import { openAnchors } from './open.ts'
import { serve, stopAll, victoriaLogs } from './testing.ts'

const { urls } = await testDatabase()
const admin = await connect(urls.admin)
const web = await connect(urls.web)
const gitlab = await startGitlab(createWorld({ clock: manualClock('2026-11-23T12:00:00Z') }))
const until = { timeout: 20_000, interval: 10 }
let dir: string
let signer: RunningSigner | undefined
let witness: Awaited<ReturnType<typeof startWitness>> | undefined

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-anchors-'))
  vi.spyOn(log, 'info').mockImplementation(() => {})
  vi.spyOn(log, 'warn').mockImplementation(() => {})
  vi.spyOn(log, 'error').mockImplementation(() => {})
  await disarm(admin)
  await wipe(admin)
  await rearm(admin)
})
afterEach(async () => {
  await stopAll()
  await signer?.stop()
  await witness?.close()
  signer = undefined
  witness = undefined
  await rm(dir, { recursive: true, force: true })
})
afterAll(() => Promise.all([admin.end(), web.end(), gitlab.close()]))

const places = () => signerPlaces(dir)
const file = () => join(dir, 'anchor', 'checkpoints.txt')
const sizes = async () =>
  Object.fromEntries(
    (
      await admin.query<{ kind: string; size: number }>(
        'SELECT kind, max(size)::int AS size FROM audit.receipt GROUP BY kind',
      )
    ).rows.map(({ kind, size }) => [kind, size]),
  )
const verify = async (anchors: ReturnType<typeof openAnchors>) =>
  verifyDatabase({ url: urls.signer, anchors, keys: (await readVkeys(places().vkey)) ?? [] })

/** The signer makes its key at its first start; the witness must know it. */
async function everyKind() {
  await writeEvents(web, manyEvents(5))
  signer = await runSigner({ url: urls.signer, places: places(), anchors: [] })
  await signer.stop()
  const logs = (await readVkeys(places().vkey)) ?? []
  witness = await startWitness({ name: 'witness.example.com/w1', dir: join(dir, 'w'), logs, port: 0 })
  const logsAt = await victoriaLogs()
  await writeFile(join(dir, 'token'), gitlab.token, { mode: 0o600 })
  const token = { file: join(dir, 'token') }
  const git = { project: 'shop/deploy', branch: basename(dir), startBranch: 'main', token }
  return openAnchors([
    { kind: 'file', path: file() },
    { kind: 'victorialogs', url: logsAt.url, retentionMs: 86_400_000 },
    { kind: 'git', url: gitlab.url, ...git },
    { kind: 'witness', url: witness.url, vkey: witness.vkey },
  ])
}

it('every kind confirms what is signed, its receipts are kept, and the verifier reads all of them', async () => {
  const anchors = await everyKind()
  signer = await runSigner({ url: urls.signer, places: places(), anchors })
  await expect.poll(sizes, until).toEqual({ file: 5, victorialogs: 5, git: 5, witness: 5 })
  await writeEvents(web, manyEvents(4))
  await admin.query(`SELECT pg_notify('countersign', '{"log":true}')`)
  await expect.poll(sizes, until).toEqual({ file: 9, victorialogs: 9, git: 9, witness: 9 })
  expect(await verify(anchors)).toMatchObject({ verdict: 'whole', anchoredSize: 9, findings: [] })
  // Each alone says as much.
  for (const anchor of anchors)
    expect(await verify([anchor]), anchor.name).toMatchObject({ verdict: 'whole', anchoredSize: 9 })

  await stopAll()
  const report = await verify(anchors)
  expect(report).toMatchObject({ verdict: 'whole', anchoredSize: 9 })
  expect(report.notProved.join()).toMatch(
    /What anchor victorialogs:\S+ holds: it could not be asked \(.*no connection/,
  )
})

it('an older backup of database, signer and file is found by what the witness remembers', async () => {
  const anchors = await everyKind()
  signer = await runSigner({ url: urls.signer, places: places(), anchors })
  await expect.poll(sizes, until).toMatchObject({ witness: 5 })
  await signer.stop()
  await disarm(admin)
  await admin.query('DELETE FROM audit.receipt; DELETE FROM audit.checkpoint')
  await admin.query('DELETE FROM audit.log WHERE seq >= 3')
  await admin.query(
    'DELETE FROM audit.event e WHERE NOT EXISTS (SELECT FROM audit.log WHERE event_id = e.id)',
  )
  await rearm(admin)
  await Promise.all([rm(places().state), rm(join(dir, 'anchor'), { recursive: true })])
  signer = await runSigner({ url: urls.signer, places: places(), anchors: [fileAnchor(file())] })
  await expect.poll(sizes, until).toEqual({ file: 3 })
  expect(await verify([fileAnchor(file())])).toMatchObject({ verdict: 'whole' })
  const report = await verify(anchors.filter(({ kind }) => kind === 'witness'))
  expect(report).toMatchObject({ verdict: 'behind', exitCode: 3, firstBad: 3 })
  expect(report.findings[0]?.sentence).toContain('says that it cosigned 5 entries, the database has 3')
})

it('a cosignature that was changed in the database is found', async () => {
  const anchors = await everyKind()
  signer = await runSigner({ url: urls.signer, places: places(), anchors })
  await expect.poll(sizes, until).toMatchObject({ witness: 5 })
  await disarm(admin)
  await admin.query(
    `UPDATE audit.receipt SET receipt = receipt || '{"cosignature":"— witness.example.com/w1 AAAAAAAA\\n"}' WHERE kind = 'witness'`,
  )
  await rearm(admin)
  const { verdict, findings } = await verify(anchors)
  expect([verdict, findings[0]?.sentence]).toEqual([
    'tampered',
    'The cosignature of witness witness:witness.example.com/w1 under the checkpoint of 5 entries is not genuine.',
  ])
})

it('an anchor that never answers and one that refuses hold up neither the others nor the signer', async () => {
  const never = await serve(() => new Promise(() => {}))
  const refusing = await serve(() => ({ status: 500, body: 'no' }))
  const anchors = openAnchors([
    { kind: 'victorialogs', url: never.url, retentionMs: 1 },
    { kind: 'victorialogs', url: refusing.url, retentionMs: 1 },
    { kind: 'file', path: file() },
  ])
  await writeEvents(web, manyEvents(2))
  const hung = anchors.map((anchor) => ({ ...anchor, read: () => Promise.reject(new Error('no answer')) }))
  signer = await runSigner({ url: urls.signer, places: places(), anchors: hung })
  await expect.poll(sizes, until).toEqual({ file: 2 })
  await writeEvents(web, manyEvents(3))
  await admin.query(`SELECT pg_notify('countersign', '{"log":true}')`)
  await expect.poll(sizes, until).toEqual({ file: 5 })
  expect(signer.health()).toMatchObject({ state: 'signing', signedSize: 5 })
  const failing = await admin.query('SELECT name FROM audit.anchor WHERE failing_since IS NOT NULL')
  expect(failing.rows).toContainEqual({ name: anchors[1]?.name })
})
