import { expect, expectFits, test } from './fixtures.ts'
import { openApplication } from './steps.ts'

test('four panels of an application, with one pointer for all and a table under each', async ({ as }) => {
  const anna = await as('anna')
  await openApplication(anna, 'checkout')
  const main = anna.getByRole('main')
  await anna
    .getByRole('navigation', { name: 'Parts of this page' })
    .getByRole('link', { name: 'Signals' })
    .click()
  await expectFits(anna, 'signals', async () => {
    await expect(main.locator('canvas')).toHaveCount(4)
    await expect(main.getByRole('region', { name: 'Lines of the log' })).toBeVisible()
    await expect(main.getByRole('group', { name: 'Log volume over time' })).toBeVisible()
  })

  // The group is there before its lines are: it is pressed until it takes.
  const traffic = main.getByRole('region', { name: 'Traffic' })
  const pointed = main.locator('p[aria-live="polite"]')
  await expect(async () => {
    await traffic.getByRole('group', { name: 'Traffic over time' }).press('Home')
    await expect(pointed.first()).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await expect(pointed).toHaveCount(4)

  await traffic.getByText('Table').click()
  await expect(traffic.getByRole('row').nth(30)).toContainText('/s')

  await main.getByLabel('How the filter is read').selectOption('LogsQL')
  await main.getByLabel('LogsQL conditions').fill('options(ignore_global_time_filter=true) *')
  await main.getByRole('button', { name: 'Filter', exact: true }).click()
  await expect(main.getByText('options(…) is not taken here')).toBeVisible()

  await main.getByRole('link', { name: '15 min' }).click()
  await anna.waitForURL(/range=15m/)
  await expect(main.getByRole('link', { name: '15 min' })).toHaveAttribute('aria-current', 'true')
})
