import { paths } from '#lib/platform/paths.ts'
import { expect, expectAccessible, expectFits, test } from './fixtures.ts'

/** An hour ago the practice platform had its whole past already, and Countersign had not looked yet. */
const anHourAgo = () => new Date(Date.now() - 3_600_000).toISOString().replace(/:\d\d\.\d+Z$/, 'Z')

const visits: Record<string, { path: () => string; heading: RegExp; shows: RegExp }> = {
  matrix: {
    path: () => paths.services({ at: anHourAgo() }),
    heading: /^Services$/,
    shows: /read from history/,
  },
  service: {
    path: () => paths.service('checkout', { at: anHourAgo() }),
    heading: /^checkout$/,
    shows: /health and sync not known/,
  },
  'service-now': { path: () => paths.service('checkout'), heading: /^checkout$/, shows: /Open findings/ },
  compare: { path: () => paths.compare({ only: 'all' }), heading: /^Compare$/, shows: /Only differences/ },
}

for (const [name, { path, heading, shows }] of Object.entries(visits))
  test(`${name} at both widths in both themes`, async ({ as }) => {
    const page = await as('anna')
    await page.goto(path())
    await expectFits(page, `past-${name}`, async () => {
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading)
      await expect(page.getByRole('main').getByText(shows).first()).toBeVisible()
    })
  })

test('into the past, along it, and back', async ({ as }) => {
  const anna = await as('anna')
  await anna.goto(paths.services())
  await anna.getByRole('link', { name: 'As of…' }).click()
  const ribbon = anna.getByRole('region', { name: 'Moment that is shown' })
  await expect(ribbon).toContainText(/As of \d+ \w{3} \d{4} \d\d:\d\d/)
  await expect(ribbon).toContainText('Europe/Berlin')

  // What cannot be done in the past says why.
  const exported = anna.getByRole('button', { name: 'Export' })
  await expect(exported).toHaveAttribute('aria-disabled', 'true')
  await expect(exported).toHaveAccessibleDescription(/Nothing can be done in the past/)

  // The field speaks the viewer's own zone; Berlin is two hours ahead of UTC in June.
  await ribbon.getByLabel('Date and time in Europe/Berlin').fill('2020-06-03T16:05')
  await ribbon.getByRole('button', { name: 'Show' }).click()
  await expect(ribbon).toContainText('As of 3 Jun 2020 14:05 UTC')
  await expect(anna.getByText('Nothing is known of this moment')).toBeVisible()

  // A slider at its end is now; one step of it is a moment of its own.
  const from = anHourAgo()
  await anna.goto(paths.services({ at: from, q: 'checkout' }))
  await expect(anna.getByRole('row', { name: /^checkout/ })).toBeVisible()
  await ribbon.getByRole('link', { name: 'Previous deployment' }).click()
  const stepped = () => new URL(anna.url()).searchParams
  await expect.poll(() => (stepped().get('at') ?? '') < from).toBe(true)
  expect(stepped().get('q')).toBe('checkout')
  const slider = ribbon.getByRole('slider')
  await slider.focus()
  await slider.press('End')
  await expect(ribbon).toBeHidden()
  await expect(anna.getByRole('button', { name: /^Export \d/ })).toBeVisible()
})

test('a moment that is none says so, and one that is not over is now', async ({ as }) => {
  const anna = await as('anna')
  await anna.goto(paths.services({ at: 'yesterday' }))
  // While the page streams in, its parts stand there twice.
  await expect(anna.getByText('"yesterday" is no moment.').first()).toBeVisible()
  await expect(anna.getByRole('row', { name: /checkout/ }).first()).toBeVisible()
  await anna.goto(paths.service('checkout', { at: '2100-01-01' }))
  await expect(anna.getByRole('region', { name: 'Moment that is shown' })).toBeHidden()
})

test('two environments, what lies between them, and two moments', async ({ as }) => {
  const anna = await as('anna')
  await anna.goto(paths.compare())
  await expect(anna.getByRole('link', { name: /^Only differences/ })).toHaveAttribute('aria-current', 'true')
  const rows = anna.getByRole('main').locator('tbody > tr')
  const [differ, all] = [await rows.count(), anna.getByRole('link', { name: /^All/ })]
  await anna
    .getByRole('link', { name: /^What lies between/ })
    .first()
    .click()
  await expect(anna.getByRole('region', { name: /^Commits between/ })).toBeVisible()
  await all.click()
  await expect(rows).not.toHaveCount(differ)
  await anna.getByRole('combobox', { name: 'Left' }).selectOption('prod')
  await anna.getByLabel('as of (UTC), empty for now').first().fill('2020-06-03T14:05:00')
  await anna.getByRole('button', { name: 'Compare', exact: true }).click()
  await expect(anna).toHaveURL(/leftAt=/)
  await expect(anna.getByRole('main')).toContainText('prod as of 3 Jun 2020 14:05 UTC with prod now')
})

test('manifests of both sides, rendered on demand', async ({ as }) => {
  const anna = await as('anna')
  await anna.goto(paths.compare())
  await anna
    .getByRole('link', { name: /^What lies between/ })
    .first()
    .click()
  await anna.getByRole('button', { name: 'Compare manifests' }).click()
  await expect(anna.getByRole('heading', { name: 'Manifests' })).toBeVisible()
  await expect(anna.getByText('secrets are masked')).toBeVisible()
  await expectAccessible(anna)
})

test('somebody who may see nothing sees nothing of the past', async ({ as }) => {
  const nora = await as('nora')
  for (const path of [paths.services({ at: anHourAgo() }), paths.compare({ only: 'all' })]) {
    await nora.goto(path)
    await expect(nora.getByText('checkout')).toHaveCount(0)
  }
})
