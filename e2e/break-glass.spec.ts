import { paths } from '#lib/platform/paths.ts'
import { expect, expectAccessible, type Page, people, test } from './fixtures.ts'
import { followRelease } from './live.ts'
import { openApplication } from './steps.ts'

const reason = 'No customer hears of an order since ten, and this brings the letters back'

/** At the provider, which asks anew although somebody is signed in there. */
async function confirmAs(page: Page, person: keyof typeof people): Promise<void> {
  await page.getByRole('button', { name: people[person] }).click()
  await page.waitForURL((url) => url.pathname.startsWith('/applications/'))
}

test('anna breaks the glass after signing in once more, and marta approves it afterwards', async ({
  as,
  sandbox,
}) => {
  const [anna, marta] = [await as('anna'), await as('marta')]
  await openApplication(anna, 'notifier')
  await anna.getByRole('button', { name: 'Break glass…' }).click()
  const dialog = anna.getByRole('dialog')
  await dialog.getByLabel('Reason').fill(reason)
  await dialog.getByLabel('Incident').fill('INC-412')
  const confirm = dialog.getByRole('button', { name: 'Confirm who you are…' })
  await confirm.click()
  await expect(dialog.getByText('Type notifier-prod.').first()).toBeVisible()
  await dialog.getByLabel('Name of the application').fill('notifier-prod')
  await confirm.click()
  await confirmAs(anna, 'anna')

  // Back where she was, with every word that she wrote.
  await expect(dialog.getByText('You confirmed who you are')).toBeVisible()
  await expect(dialog.getByLabel('Reason')).toHaveValue(reason)
  await expect(dialog.getByLabel('Name of the application')).toHaveValue('notifier-prod')
  await dialog.getByRole('button', { name: 'Break glass and release' }).click()
  await anna.waitForURL(/\/releases\/rel_/)
  const id = new URL(anna.url()).pathname.split('/').at(-1) ?? ''

  await marta.goto(paths.inbox())
  await expect(marta.getByRole('region', { name: 'Break-glass releases' })).toContainText('notifier in prod')
  const row = marta.getByRole('main').getByRole('listitem').filter({ hasText: 'INC-412' })
  await row.getByRole('link').click()
  await marta.waitForURL(new RegExp(id))
  expect((await followRelease(anna, id)).at(-1)?.state).toBe('succeeded')
  expect(await sandbox.syncs('notifier-prod')).toHaveLength(1)

  await marta.getByRole('button', { name: 'Approve afterwards…' }).click()
  await marta.getByRole('dialog').getByRole('button', { name: 'Approve afterwards' }).click()
  for (const page of [marta, anna]) {
    await expect(page.getByRole('main').getByText('Break-glass · approved afterwards')).toBeVisible()
    await expect(page.getByRole('region', { name: 'Break-glass releases' })).toBeHidden()
  }
  await marta.goto(paths.emergencies())
  await expect(row).toContainText('Approved afterwards')
  await expectAccessible(marta)
})
