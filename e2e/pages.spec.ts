import { paths } from '#lib/platform/paths.ts'
import type { ReleaseRow } from '#lib/releases/data.ts'
import {
  expect,
  expectAccessible,
  expectNoOverflow,
  type Page,
  type Person,
  test,
  themes,
  widths,
} from './fixtures.ts'
import { approveButton, openApplication, readJson, requestRelease } from './steps.ts'

type Visit = {
  as: Person | 'stranger'
  open: (page: Page) => Promise<unknown>
  heading: RegExp
  allow?: RegExp
}

const missing = { allow: /status of 404/ }

/** The release that waits; whichever worker asked for it. */
async function openRelease(page: Page): Promise<void> {
  type Answer = { releases: ReleaseRow[] }
  const { releases } = await readJson<Answer>(page, `${paths.api.releases()}?state=requested`)
  const waiting = releases.find(({ application }) => application.service === 'notifier')
  if (!waiting) throw new Error('no release of notifier waits')
  await page.goto(paths.release(waiting.id))
}

const visits: Record<string, Visit> = {
  'sign-in': { as: 'stranger', open: (page) => page.goto(paths.signIn()), heading: /^Countersign$/ },
  matrix: { as: 'anna', open: (page) => page.goto(paths.services()), heading: /Services/ },
  service: { as: 'anna', open: (page) => page.goto(paths.service('checkout')), heading: /checkout/ },
  application: { as: 'jonas', open: (page) => openApplication(page, 'notifier'), heading: /notifier/ },
  release: { as: 'anna', open: openRelease, heading: /notifier/ },
  decision: {
    as: 'anna',
    open: async (page) => {
      await openRelease(page)
      await approveButton(page).click()
      await expect(page.getByRole('dialog')).toBeVisible()
    },
    heading: /notifier/,
  },
  inbox: { as: 'anna', open: (page) => page.goto(paths.inbox()), heading: /Inbox/ },
  releases: { as: 'anna', open: (page) => page.goto(paths.releases()), heading: /Releases/ },
  history: { as: 'dora', open: (page) => page.goto(paths.history()), heading: /History/ },
  unmapped: { as: 'anna', open: (page) => page.goto(paths.unmapped()), heading: /Unmapped/ },
  'not-found': { as: 'anna', open: (page) => page.goto(paths.release('rel_0')), heading: /./, ...missing },
  forbidden: { as: 'nora', open: (page) => page.goto(paths.services()), heading: /nothing here for you/ },
}

test('a release waits while the pages are looked at', async ({ as }) => {
  const jonas = await as('jonas')
  await openApplication(jonas, 'notifier')
  await requestRelease(jonas, 'Fewer letters at night')
})

for (const [name, visit] of Object.entries(visits))
  test(`${name} at both widths in both themes`, async ({ as, stranger, allow }) => {
    if (visit.allow) allow(visit.allow)
    for (const width of Object.keys(widths).map(Number) as (keyof typeof widths)[]) {
      const page = visit.as === 'stranger' ? await stranger({ width }) : await as(visit.as, { width })
      await visit.open(page)
      for (const theme of themes) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
        await expect(page.getByRole('heading', { level: 1, includeHidden: true })).toHaveText(visit.heading)
        await page.screenshot({ path: `.countersign/screenshots/${name}-${width}-${theme}.png` })
        await expectNoOverflow(page)
        await expectAccessible(page)
      }
    }
  })

test('the keyboard opens, moves, filters and helps', async ({ as }) => {
  const anna = await as('anna')
  await anna.goto(paths.services())
  await expect(anna.getByRole('row', { name: /catalog/ })).toBeVisible()
  await anna.keyboard.press('?')
  await expect(anna.getByRole('dialog', { name: 'Keyboard' })).toBeVisible()
  await anna.keyboard.press('Escape')
  await expect(anna.getByRole('dialog')).toHaveCount(0)

  await anna.keyboard.press('/')
  await expect(anna.getByRole('searchbox')).toBeFocused()
  await anna.keyboard.press('Escape')
  await anna.getByRole('heading', { level: 1 }).focus()
  await anna.keyboard.press('j')
  const rows = anna.getByRole('main').getByRole('row')
  await expect(rows.nth(1).getByRole('link').first()).toBeFocused()
  await anna.keyboard.press('j')
  await expect(rows.nth(2).getByRole('link').first()).toBeFocused()
  await anna.keyboard.press('k')
  await expect(rows.nth(1).getByRole('link').first()).toBeFocused()
  await anna.keyboard.press('Enter')
  await expect(anna).not.toHaveURL(paths.services())

  await anna.keyboard.press('ControlOrMeta+k')
  const palette = anna.getByRole('dialog', { name: 'Search or jump to' })
  await palette.getByRole('combobox').fill('checkout')
  await expect(palette.getByRole('option', { name: /checkout/ }).first()).toBeVisible()
  await anna.keyboard.press('Enter')
  await expect(palette).toBeHidden()
  await expect(anna.getByRole('heading', { level: 1 })).toContainText('checkout')
})
