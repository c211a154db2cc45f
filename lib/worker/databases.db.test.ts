import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { openDatabases } from './databases.ts'

const base = await mkdtemp(join(tmpdir(), 'countersign-databases-'))
await chmod(base, 0o755)
const config = { database: { embeddedDir: join(base, 'postgres') } }
const own = {
  DATABASE_URL_WEB: 'postgresql://web@db/countersign',
  DATABASE_URL_WORKER: 'postgresql://worker@db/countersign',
  DATABASE_URL_SIGNER: 'postgresql://signer@db/countersign',
}
const silent = () => {}

afterAll(() => rm(base, { recursive: true }))

test('takes the addresses that are given, each for its own process', async () => {
  const { urls } = await openDatabases(config, own, silent)
  expect(urls).toEqual({
    web: own.DATABASE_URL_WEB,
    worker: own.DATABASE_URL_WORKER,
    signer: own.DATABASE_URL_SIGNER,
  })
})

test('does not start half: all three or none', async () => {
  const one = { DATABASE_URL_WORKER: own.DATABASE_URL_WORKER }
  await expect(openDatabases(config, one, silent)).rejects.toThrow(
    'DATABASE_URL_WEB and DATABASE_URL_SIGNER must be set too',
  )
})

test('without any, starts its own, migrated, with a role for each process', async () => {
  const databases = await openDatabases(config, {}, silent)
  try {
    await databases.ready
    for (const [role, url] of Object.entries(databases.urls)) {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      const answer = await client.query(
        "SELECT current_user AS name, to_regnamespace('audit') IS NOT NULL AS audit",
      )
      expect(answer.rows).toEqual([{ name: `countersign_${role}`, audit: true }])
      await client.end()
    }
  } finally {
    await databases.stop()
  }
}, 30_000)
