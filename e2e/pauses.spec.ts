import { paths } from '#lib/platform/paths.ts'
import { expect, expectFits, type Page, test } from './fixtures.ts'
import { followRelease } from './live.ts'
import { approve, openApplication, readRelease, requestRelease } from './steps.ts'

/** Nothing stays paused for the tests that follow, whatever became of this one. */
async function resumeAll(admin: Page): Promise<void> {
  await admin.goto(paths.pauses())
  const buttons = admin.getByRole('button', { name: /^Resume/ })
  for (let left = await buttons.count(); left > 0; left -= 1) {
    await buttons.first().click()
    const dialog = admin.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('Totals are right again')
    await dialog.getByRole('button', { name: 'Resume' }).click()
    await expect(buttons).toHaveCount(left - 1)
  }
}
test.afterEach(async ({ as }) => resumeAll(await as('piet')))

test('a paused release waits with its approvals, and goes on when an admin resumes', async ({
  as,
  sandbox,
}) => {
  const [jonas, anna, marta, piet] = [
    await as('jonas'),
    await as('anna'),
    await as('marta'),
    await as('piet'),
  ]
  // Another version each time the test is run on one platform: only what differs can be released.
  const version = `9.9.${test.info().repeatEachIndex + 1}`
  const before = (await sandbox.syncs('reports-prod')).length
  await sandbox.commit({
    service: 'reports',
    version,
    envs: ['prod'],
    message: `reports: ${version} to prod`,
  })
  await openApplication(jonas, 'reports')
  // Argo CD has to see the commit before there is a plan.
  await expect(jonas.getByRole('button', { name: 'Request release…' })).toBeVisible({ timeout: 90_000 })
  const id = await requestRelease(jonas, 'Monthly totals')

  await anna.goto(paths.pauses())
  await anna.getByRole('button', { name: 'Pause releases…' }).click()
  const stop = anna.getByRole('dialog')
  await stop.getByLabel('Application').fill('reports-prod')
  await stop.getByLabel('Reason').fill('Totals look wrong')
  await stop.getByRole('button', { name: 'Pause releases' }).click()
  await expect(stop).toBeHidden()
  const words = /Releases are paused for application reports-prod: Totals look wrong, by Anna Beck/
  for (const page of [anna, jonas])
    await expect(page.getByRole('region', { name: 'Paused releases' })).toContainText(words)
  await expect(anna.getByRole('button', { name: /^Resume/ })).toHaveAccessibleDescription(/platform admin/)
  await expectFits(anna, 'pauses', () =>
    expect(anna.getByRole('region', { name: 'Paused releases' })).toContainText(words),
  )

  for (const page of [anna, marta]) {
    await page.goto(paths.release(id))
    await approve(page)
  }
  const waits = 'Waiting: paused by Anna Beck: Totals look wrong'
  await expect(jonas.getByRole('main').getByText(waits)).toBeVisible()
  expect(await readRelease(jonas, id)).toMatchObject({ state: 'approved', waitingFor: waits })
  expect(await sandbox.syncs('reports-prod')).toHaveLength(before)

  await resumeAll(piet)
  const states = await followRelease(jonas, id)
  expect(states.at(-1)?.state).toBe('succeeded')
  expect(await sandbox.syncs('reports-prod')).toHaveLength(before + 1)
  for (const page of [piet, jonas])
    await expect(page.getByRole('region', { name: 'Paused releases' })).toBeHidden()
})
