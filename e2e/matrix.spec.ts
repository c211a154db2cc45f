import { readFile } from 'node:fs/promises'
import { paths } from '#lib/platform/paths.ts'
import { expect, expectAccessible, type Page, test, themes } from './fixtures.ts'

const row = (page: Page, service: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: new RegExp(`^${service}\\b`) }) })
const order = (page: Page) =>
  page
    .locator('tr[data-service]')
    .evaluateAll((rows) => rows.map((each) => each.getAttribute('data-service')))

/** Counts what a page asks for again. */
function countReads(page: Page): () => number {
  let reads = 0
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname === paths.api.services()) reads += 1
  })
  return () => reads
}

test('a change is on every open screen, in place, and takes no focus away', async ({ as, sandbox }) => {
  const [anna, jonas] = [await as('anna'), await as('jonas')]
  for (const page of [anna, jonas]) await page.goto(paths.services())
  await expect(row(anna, 'identity')).toBeVisible()
  const link = row(anna, 'identity').getByRole('link').first()
  await link.focus()
  const before = await order(anna)
  await sandbox.commit({ service: 'identity', version: '9.1.0', envs: ['dev', 'prod'] })
  for (const page of [anna, jonas])
    await expect(row(page, 'identity').getByText('9.1.0').first()).toBeVisible()
  await expect(link).toBeFocused()
  // Prod is behind now and its row belongs elsewhere; while the focus is in the list it stays where it was.
  const refresh = anna.getByRole('button', { name: /rows? moved, refresh order/ })
  await expect(refresh).toBeVisible()
  expect(await order(anna)).toEqual(before)
  await refresh.click()
  await expect.poll(() => order(anna)).not.toEqual(before)
  await expect(refresh).toBeHidden()
  // Each reads for itself, a second apart at most.
  await expect(async () => expect(await order(jonas)).toEqual(await order(anna))).toPass()
})

test('a tab that nobody sees reads nothing, and catches up; a burst is a few readings', async ({
  as,
  sandbox,
}) => {
  const [hidden, open] = [await as('anna'), await as('jonas')]
  await hidden.addInitScript(() => {
    Object.defineProperty(document, 'hidden', { get: () => Reflect.get(globalThis, 'away') === true })
  })
  const turn = (away: boolean) =>
    hidden.evaluate((now) => {
      Reflect.set(globalThis, 'away', now)
      document.dispatchEvent(new Event('visibilitychange'))
    }, away)
  for (const page of [hidden, open]) await page.goto(paths.services())
  await expect(row(hidden, 'identity')).toBeVisible()
  await turn(true)
  const [readsHidden, readsOpen] = [countReads(hidden), countReads(open)]
  const startedMs = performance.now()
  for (let patch = 1; patch <= 12; patch += 1)
    await sandbox.commit({ service: 'identity', version: `9.2.${patch}`, envs: ['dev', 'staging'] })
  await expect(row(open, 'identity').getByText('9.2.12').nth(1)).toBeVisible()
  const seconds = (performance.now() - startedMs) / 1000
  // A fifth of a second lies between two readings, see components/catalog/use-matrix.ts.
  expect(readsOpen()).toBeLessThanOrEqual(5 * seconds + 2)
  expect(readsHidden()).toBe(0)
  await turn(false)
  await expect(row(hidden, 'identity').getByText('9.2.12').first()).toBeVisible()
  expect(readsHidden()).toBeGreaterThan(0)
})

test('only rows on the screen are drawn, and the keyboard goes through all of them', async ({ as }) => {
  const anna = await as('anna')
  await anna.setViewportSize({ width: 1440, height: 420 })
  await anna.goto(paths.services({ density: 'compact' }))
  await expect(anna.getByRole('row').nth(1)).toBeVisible()
  const all = Number(await anna.getByRole('table').getAttribute('aria-rowcount')) - 1
  await expect.poll(async () => (await order(anna)).length).toBeLessThan(all)
  await anna.getByRole('heading', { level: 1 }).focus()
  for (let place = 1; place <= all; place += 1) {
    await anna.keyboard.press('j')
    const focused = anna.locator(`tr[aria-rowindex="${place + 1}"] a`).first()
    await expect(focused).toBeFocused()
    await expect(focused).toBeInViewport()
  }
  // Scrolled away by the wheel, the row with the focus is still there, and so is the focus.
  await anna.mouse.move(700, 300)
  await anna.mouse.wheel(0, -5000)
  await expect(anna.locator('tr[aria-rowindex="2"]')).toBeInViewport()
  await expect(anna.locator(`tr[aria-rowindex="${all + 1}"] a`).first()).toBeFocused()
  await anna.keyboard.press('f')
  await expect(anna.getByRole('searchbox')).toBeFocused()
})

test('layout stands in the address and is accessible in both themes', async ({ as }) => {
  const anna = await as('anna')
  await anna.goto(paths.services())
  // A press before the page's code has come goes nowhere.
  await expect(anna.getByRole('banner').getByRole('button', { name: /^Live/ })).toBeVisible()
  await anna.getByRole('button', { name: 'Display' }).click()
  await anna.getByRole('menuitemradio', { name: 'Compact' }).click()
  await anna.getByRole('menuitemradio', { name: 'Name' }).click()
  await expect(anna).toHaveURL(/sort=name.*density=compact/)
  await anna.getByRole('menuitem', { name: /^staging/ }).click()
  await expect(anna.getByRole('columnheader', { name: /^staging/ })).toHaveCount(0)
  await anna.reload()
  await expect(anna.getByRole('columnheader', { name: /^staging/ })).toHaveCount(0)
  await expect(anna.getByRole('columnheader', { name: 'Service' })).toHaveAttribute('aria-sort', 'ascending')
  for (const theme of themes) {
    await anna.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await expectAccessible(anna)
  }
  expect(await anna.evaluate(() => document.querySelectorAll('*').length)).toBeLessThanOrEqual(1500)
})

test('a view is saved, shared with a group, opens first, and goes', async ({ as }) => {
  const [jonas, mei, dora] = [await as('jonas'), await as('mei'), await as('dora')]
  await jonas.goto(paths.services({ team: 'shop', density: 'compact' }))
  await jonas.getByRole('button', { name: 'Views' }).click()
  await jonas.getByRole('menuitem', { name: 'Save what is shown…' }).click()
  const dialog = jonas.getByRole('dialog', { name: 'Save what is shown' })
  await dialog.getByLabel('Name').fill('Shop board')
  await dialog.getByLabel('Who sees it').selectOption('/shop/developers')
  await dialog.getByLabel(/^Open it first/).check()
  await expectAccessible(jonas)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  await expect(jonas.getByRole('button', { name: 'View: Shop board' })).toBeVisible()

  await jonas.goto(paths.services())
  await expect(jonas).toHaveURL(/team=shop/)
  await mei.goto(paths.services())
  await mei.getByRole('button', { name: 'Views' }).click()
  await mei.getByRole('menuitem', { name: /Shop board/ }).click()
  await expect(mei).toHaveURL(/density=compact.*team=shop|team=shop.*density=compact/)
  await expect(mei.getByRole('button', { name: 'View: Shop board' })).toBeVisible()
  await dora.goto(paths.services())
  await dora.getByRole('button', { name: 'Views' }).click()
  await expect(dora.getByRole('menuitem', { name: 'Save what is shown…' })).toBeVisible()
  await expect(dora.getByRole('menuitem', { name: /Shop board/ })).toHaveCount(0)

  await jonas.getByRole('button', { name: 'View: Shop board' }).click()
  await jonas.getByRole('menuitem', { name: /^Change/ }).click()
  await jonas.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(jonas.getByRole('button', { name: 'Views' })).toBeVisible()
  await jonas.goto(paths.services())
  await expect(jonas).not.toHaveURL(/team=shop/)
})

test('what is shown is exported, all of it', async ({ as }) => {
  const anna = await as('anna')
  await anna.goto(paths.services({ team: 'shop' }))
  const button = anna.getByRole('button', { name: /^Export \d+ rows$/ })
  const rows = Number(/\d+/.exec((await button.textContent()) ?? '')?.[0])
  await button.click()
  const arrives = anna.waitForEvent('download')
  await anna.getByRole('menuitem', { name: /^As CSV/ }).click()
  const file = await (await arrives).path()
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\r\n')
  expect(lines).toHaveLength(rows + 1)
  expect(lines[0]).toMatch(/^service,team,tier,dev version,/)
})
