import pg from 'pg'
import { expect, test } from 'vitest'
import { testDatabase } from './testing.ts'

const { name, urls } = await testDatabase()

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows
  } finally {
    await client.end()
  }
}

test('each file gets a migrated database of its own', async () => {
  expect(await ask(urls.admin, 'SELECT current_database(), current_user')).toEqual([[name, 'postgres']])
  const applied = await ask(
    urls.admin,
    'SELECT count(*) > 0 FROM _prisma_migrations WHERE finished_at IS NOT NULL',
  )
  expect(applied).toEqual([[true]])
})

test.each(['web', 'worker', 'signer'] as const)('%s signs in as itself and owns nothing', async (role) => {
  expect(await ask(urls[role], 'SELECT current_user::text')).toEqual([[`countersign_${role}`]])
  await expect(ask(urls[role], 'CREATE TABLE public.mine (id int)')).rejects.toThrow(/permission denied/)
  await expect(ask(urls[role], 'SET ROLE countersign_owner')).rejects.toThrow(/permission denied/)
})

test('the owner cannot sign in, only lend its rights', async () => {
  expect(await ask(urls.owner, 'SELECT current_user::text')).toEqual([['countersign_owner']])
  const asItself = new URL(urls.web)
  asItself.username = 'countersign_owner'
  await expect(ask(asItself.href, 'SELECT 1')).rejects.toThrow(
    /password authentication failed|not permitted to log in/,
  )
})
