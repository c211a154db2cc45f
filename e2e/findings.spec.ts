import { paths } from '#lib/platform/paths.ts'
import { expect, expectAccessible, expectFits, test } from './fixtures.ts'

test('a sync past the portal waits for a second person, who closes it', async ({ as, sandbox }) => {
  const [anna, jonas] = [await as('anna'), await as('jonas')]
  await anna.goto(paths.inbox())
  await sandbox.foreignSync('ledger-prod')

  const title = 'Deployment without a release: ledger-prod'
  const found = anna.getByRole('main').getByRole('link', { name: title })
  await test.step('it comes by itself, and counts beside the inbox', async () => {
    await expect(found).toBeVisible()
    await expect(anna).toHaveTitle(/^\(\d+\) Inbox/)
  })
  await found.click()
  await expect(anna.getByRole('heading', { level: 1 })).toHaveText(title)
  await expectFits(anna, 'finding', () => expect(anna.getByText('jonas, which proves nothing')).toBeVisible())

  await test.step('the one it names cannot close it', async () => {
    await jonas.goto(new URL(anna.url()).pathname)
    const button = jonas.getByRole('button', { name: 'Close finding…' })
    await expect(button).toHaveAttribute('aria-disabled', 'true')
  })
  await anna.getByRole('button', { name: 'Close finding…' }).click()
  const dialog = anna.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('Agreed with the team by telephone')
  await expectAccessible(anna)
  await dialog.getByRole('button', { name: 'Close finding' }).click()
  await expect(dialog).toBeHidden()
  await expect(anna.getByRole('main')).toContainText('Anna Beck: Agreed with the team by telephone')
  await anna.goto(paths.inbox())
  await expect(found).toHaveCount(0)
})
