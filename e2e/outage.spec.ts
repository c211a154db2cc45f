import { paths } from '#lib/platform/paths.ts'
import { expect, test } from './fixtures.ts'

test('while Argo CD is down everything known stays, and says how old it is', async ({ as, sandbox }) => {
  const jonas = await as('jonas')
  await jonas.goto(paths.services())
  const marker = (words: RegExp) => jonas.getByRole('banner').getByRole('button', { name: words })
  const rows = jonas.getByRole('main').getByRole('row')
  await expect(marker(/^Live/)).toBeVisible()
  await expect(rows.filter({ hasText: 'catalog' })).toBeVisible()
  // Only rows on the screen are drawn; this is how many there are.
  const table = jonas.getByRole('main').getByRole('table')
  const before = (await table.getAttribute('aria-rowcount')) ?? ''

  await sandbox.down()
  await expect(marker(/^Stale since/)).toBeVisible()
  await expect(
    jonas
      .getByRole('main')
      .getByText(/unreachable/)
      .first(),
  ).toBeVisible()
  await expect(table).toHaveAttribute('aria-rowcount', before)
  await expect(rows.filter({ hasText: 'catalog' })).toBeVisible()

  await sandbox.heal()
  await expect(marker(/^Live/)).toBeVisible()
  await expect(jonas.getByRole('main').getByText(/unreachable/)).toHaveCount(0)
})
