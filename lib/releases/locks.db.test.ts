import { expect, test } from 'vitest'
import { newId } from '#lib/platform/ids.ts'
import * as seed from './testing.ts'
import {
  admin,
  application,
  dispatched,
  marta,
  plan,
  request,
  requester,
  web,
  worker,
} from './testing-attacks.ts'

const deploymentOf = (release: string) =>
  worker.query(
    `INSERT INTO catalog.deployment (id, application_id, during, revisions, cause, release_id, known_from)
     VALUES ($1, $2, tstzrange(now(), NULL), '{abc}', 'release', $3, 'seen-live')`,
    [newId('deployment'), application, release],
  )

test('a deployment of a release is stored while somebody acts on that release', async () => {
  const release = await dispatched()
  await worker.query(`SET lock_timeout = '2s'`)
  await admin.query('BEGIN')
  await admin.query('SELECT FROM rel.release WHERE id = $1 FOR NO KEY UPDATE', [release])
  await expect(deploymentOf(release)).resolves.toMatchObject({ rowCount: 1 })
  await admin.query('ROLLBACK')
})

test('a decision holds the release against others who act on it, and against nobody else', async () => {
  const release = await request()
  await web.query('BEGIN')
  await seed.writeDecision(web, { release, plan, requester, by: marta })
  await expect(
    admin.query('SELECT FROM rel.release WHERE id = $1 FOR NO KEY UPDATE NOWAIT', [release]),
  ).rejects.toThrow('could not obtain lock')
  await expect(
    admin.query('SELECT FROM rel.release WHERE id = $1 FOR KEY SHARE NOWAIT', [release]),
  ).resolves.toMatchObject({ rowCount: 1 })
  await web.query('ROLLBACK')
})
