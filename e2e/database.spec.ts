import pg from 'pg'
import { startEmbedded } from '#lib/platform/embedded.ts'
import { paths } from '#lib/platform/paths.ts'
import { expect, test } from './fixtures.ts'
import { e2eDir } from './sandbox.ts'
import { openApplication } from './steps.ts'

const web = 'countersign_web'

test('while Postgres is away the last good page stays, and says of when it is', async ({ as, allow }) => {
  allow(/status of 50[03]/)
  const { adminUrl } = await startEmbedded({ dir: `${e2eDir()}/.countersign/postgres` })
  const superuser = new pg.Client({ connectionString: adminUrl })
  await superuser.connect()
  const anna = await as('anna')
  await openApplication(anna, 'catalog')
  const marker = (words: RegExp) => anna.getByRole('banner').getByRole('button', { name: words })
  const heading = anna.getByRole('heading', { level: 1 })
  await expect(marker(/^Live/)).toBeVisible()

  let again = 0
  anna.on('response', (response) => {
    if (response.url().includes('_rsc=') && response.ok()) again += 1
  })
  try {
    await superuser.query(`ALTER ROLE ${web} NOLOGIN`)
    await superuser.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [web])
    // Whoever comes back to a tab wants everything anew.
    await anna.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await expect(marker(/^As of \d\d:\d\d, could not refresh/)).toBeVisible()
    await expect(heading).toContainText('catalog in prod')
    expect((await anna.request.get(paths.api.health, { maxRetries: 3 })).status()).toBe(503)
    again = 0
  } finally {
    await superuser.query(`ALTER ROLE ${web} LOGIN`)
    await superuser.end()
  }
  await expect(marker(/^Live/)).toBeVisible()
  await expect.poll(() => again).toBeGreaterThan(0)
  await expect(heading).toContainText('catalog in prod')
})
