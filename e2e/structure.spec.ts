import { paths } from '#lib/platform/paths.ts'
import { expect, expectFits, type Page, test } from './fixtures.ts'

const set = { instance: 'main', namespace: 'argocd', name: 'shop' }
const rolling = { ...set, name: 'gateway' }
const project = { instance: 'main', name: 'shop' }

const visits: Record<string, { path: string; heading: RegExp; shows: string }> = {
  instances: { path: paths.instances(), heading: /^Instances$/, shows: 'Our account' },
  sets: { path: paths.applicationSets(), heading: /^ApplicationSets$/, shows: '1 fell out' },
  set: { path: paths.applicationSet(set), heading: /^shop$/, shows: 'Every combination of' },
  rolling: { path: paths.applicationSet(rolling), heading: /^gateway$/, shows: 'Step 3' },
  projects: { path: paths.projects(), heading: /^Projects$/, shows: 'Team Shop' },
  project: { path: paths.project(project), heading: /^shop$/, shows: 'By the clock of Europe/Berlin' },
}

for (const [name, { path, heading, shows }] of Object.entries(visits))
  test(`${name} at both widths in both themes`, async ({ as }) => {
    const page = await as('anna')
    await page.goto(path)
    await expectFits(page, `structure-${name}`, async () => {
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading)
      await expect(page.getByRole('main').getByText(shows).first()).toBeVisible()
    })
  })

test('from a set to its application, project and service', async ({ as }) => {
  const anna = await as('anna')
  await anna.goto(paths.applicationSets())
  await anna.getByRole('rowheader').getByRole('link', { name: 'shop', exact: true }).click()
  await expect(anna.getByRole('heading', { level: 1 })).toHaveText('shop')
  const fell = anna.getByRole('main').locator('section', { hasText: 'Fell out of the pattern' })
  await expect(fell).toContainText('reports-staging')
  await expect(fell).toContainText('The pattern no longer gives it')
  await anna.getByRole('main').getByRole('link', { name: 'shop', exact: true }).click()
  await anna.waitForURL((url) => url.pathname === paths.project(project))
  await anna.getByRole('link', { name: 'Week after' }).click()
  await anna.waitForURL(/week=1/)
  await expect(anna.getByRole('link', { name: 'This week' })).toBeVisible()
  await anna.getByRole('link', { name: 'checkout', exact: true }).first().click()
  await anna.waitForURL((url) => url.pathname === paths.service('checkout'))
})

test('an address that names nothing is not found', async ({ as, allow }) => {
  allow(/status of 404/)
  const anna = await as('anna')
  const found = async (page: Page, path: string) => (await page.goto(path))?.status()
  expect(await found(anna, paths.applicationSet({ ...set, name: 'none' }))).toBe(404)
  expect(await found(anna, paths.project({ instance: 'nowhere', name: 'shop' }))).toBe(404)
})

test('an Argo CD that is down is said on every page, and the rest stays', async ({ as, sandbox }) => {
  const anna = await as('anna')
  await sandbox.down()
  await anna.goto(paths.projects())
  await expect(anna.getByRole('link', { name: /main.*(Stale|Catching up)/ })).toBeVisible()
  await expect(anna.getByRole('main').getByText('Team Shop').first()).toBeVisible()
  await anna.goto(paths.instances())
  await expect(anna.getByText('It does not answer.').first()).toBeVisible()
  await sandbox.heal()
  await expect(
    anna
      .getByRole('main')
      .getByText(/Known advisory|Connected/)
      .first(),
  ).toBeVisible()
})
