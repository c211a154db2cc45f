import { paths } from '#lib/platform/paths.ts'
import { expect, test } from './fixtures.ts'
import { followRelease } from './live.ts'
import { approve, openApplication, readRelease } from './steps.ts'

test('what ran before is brought back by one sync of its revision, after two approvals', async ({
  as,
  sandbox,
}) => {
  const [jonas, anna, marta] = [await as('jonas'), await as('anna'), await as('marta')]
  const before = (await sandbox.syncs('catalog-prod')).length
  await openApplication(jonas, 'catalog')
  await jonas.goto(`${new URL(jonas.url()).pathname}?tab=history`)
  await jonas.getByRole('button', { name: 'Bring this back…' }).first().click()
  const dialog = jonas.getByRole('dialog')
  await dialog.getByLabel('Incident', { exact: true }).fill('INC-31')
  await dialog.getByLabel('Reason').fill('Prices are missing since noon')
  // It is prepared while one writes; until then the button says so.
  await expect(dialog.getByText(/goes to the approvers/)).toBeVisible()
  await dialog.getByRole('button', { name: 'Request rollback' }).click()
  await jonas.waitForURL(/\/releases\/rel_/)
  const id = new URL(jonas.url()).pathname.split('/').at(-1) ?? ''

  for (const page of [anna, marta]) {
    await page.goto(paths.release(id))
    await expect(page.getByText(/^Rollback to /)).toBeVisible()
    await approve(page)
  }
  expect((await followRelease(jonas, id)).at(-1)?.state).toBe('succeeded')
  const { rollback } = await readRelease(jonas, id)
  const sent = (await sandbox.syncs('catalog-prod')).slice(before)
  expect(sent).toEqual([
    expect.objectContaining({
      body: expect.objectContaining({
        revision: expect.stringMatching(new RegExp(`^${rollback?.version}`)),
        strategy: { hook: {} },
      }),
    }),
  ])

  await jonas.goto(paths.services({ q: 'catalog' }))
  await expect(jonas.getByText('rolled back').first()).toBeVisible()
})
