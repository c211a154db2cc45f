import { paths } from '#lib/platform/paths.ts'
import type { ReleaseRow } from '#lib/releases/data.ts'
import { type As, expect, expectFits, type Page, type Person, test } from './fixtures.ts'
import { acknowledge, approveButton, openApplication, readJson, requestRelease } from './steps.ts'

type Visit = {
  as: Person | 'stranger'
  open: (page: Page, as: As) => Promise<unknown>
  heading: RegExp
  /** A part of the page that comes last, if it is not the heading. */
  shows?: string
  allow?: RegExp
}

const missing = { allow: /status of 404/ }

/** A release that waits; somebody asks for it where none does. */
async function openRelease(page: Page, as: As): Promise<void> {
  type Answer = { releases: ReleaseRow[] }
  const { releases } = await readJson<Answer>(page, `${paths.api.releases()}?state=requested`)
  const waiting = releases.find(({ application }) => application.service === 'notifier')
  const ask = async () => {
    const jonas = await as('jonas')
    await openApplication(jonas, 'notifier')
    return requestRelease(jonas, 'Fewer letters at night')
  }
  await page.goto(paths.release(waiting?.id ?? (await ask())))
}

async function openTab(page: Page, name: string): Promise<void> {
  await openApplication(page, 'checkout')
  await page.getByRole('navigation', { name: 'Parts of this page' }).getByRole('link', { name }).click()
  await expect(page.getByRole('main').getByRole('heading', { level: 2, name })).toBeVisible()
}

const visits: Record<string, Visit> = {
  'sign-in': { as: 'stranger', open: (page) => page.goto(paths.signIn()), heading: /^Countersign$/ },
  matrix: { as: 'anna', open: (page) => page.goto(paths.services()), heading: /Services/, shows: 'checkout' },
  service: { as: 'anna', open: (page) => page.goto(paths.service('checkout')), heading: /checkout/ },
  application: { as: 'jonas', open: (page) => openApplication(page, 'notifier'), heading: /notifier/ },
  resources: { as: 'jonas', open: (page) => openTab(page, 'Resources'), heading: /checkout/ },
  'application-history': { as: 'jonas', open: (page) => openTab(page, 'History'), heading: /checkout/ },
  release: { as: 'anna', open: openRelease, heading: /notifier/ },
  decision: {
    as: 'anna',
    open: async (page, as) => {
      await openRelease(page, as)
      await acknowledge(page)
      await approveButton(page).click()
      await expect(page.getByRole('dialog')).toBeVisible()
    },
    heading: /notifier/,
  },
  inbox: { as: 'anna', open: (page) => page.goto(paths.inbox()), heading: /Inbox/ },
  findings: { as: 'anna', open: (page) => page.goto(paths.findings()), heading: /^Findings$/ },
  releases: { as: 'anna', open: (page) => page.goto(paths.releases()), heading: /Releases/ },
  'standard-changes': {
    as: 'anna',
    open: (page) => page.goto(paths.standardChanges()),
    heading: /^Standard changes$/,
  },
  policies: {
    as: 'anna',
    open: (page) => page.goto(paths.policies()),
    heading: /^Policies$/,
    shows: 'In force',
  },
  'new-train': {
    as: 'jonas',
    open: (page) => page.goto(paths.newTrain()),
    heading: /^Request a train$/,
    shows: 'gateway-prod',
  },
  history: { as: 'dora', open: (page) => page.goto(paths.history()), heading: /History/ },
  audit: { as: 'dora', open: (page) => page.goto(paths.audit()), heading: /^Audit$/, shows: 'Exceptions' },
  changes: {
    as: 'dora',
    open: (page) => page.goto(paths.inquiry('changes')),
    heading: /^Production changes$/,
  },
  signers: { as: 'dora', open: (page) => page.goto(paths.inquiry('signers')), heading: /^Who could sign$/ },
  exceptions: { as: 'dora', open: (page) => page.goto(paths.inquiry('exceptions')), heading: /^Exceptions$/ },
  moment: {
    as: 'dora',
    open: (page) => page.goto(paths.inquiry('moment')),
    heading: /^What ran at a moment$/,
  },
  samples: { as: 'dora', open: (page) => page.goto(paths.samples()), heading: /^Samples$/ },
  controls: { as: 'dora', open: (page) => page.goto(paths.controls()), heading: /^Controls$/, shows: 'R18' },
  unmapped: { as: 'anna', open: (page) => page.goto(paths.unmapped()), heading: /Unmapped/ },
  'not-found': { as: 'anna', open: (page) => page.goto(paths.release('rel_0')), heading: /./, ...missing },
  'history-forbidden': { as: 'jonas', open: (page) => page.goto(paths.history()), heading: /may not see/ },
  forbidden: { as: 'nora', open: (page) => page.goto(paths.services()), heading: /nothing here for you/ },
}

for (const [name, visit] of Object.entries(visits))
  test(`${name} at both widths in both themes`, async ({ as, stranger, allow }) => {
    if (visit.allow) allow(visit.allow)
    const page = visit.as === 'stranger' ? await stranger() : await as(visit.as)
    await visit.open(page, as)
    await expectFits(page, name, async () => {
      // Behind a dialog headings have no role; what still streams in stands in the page a second time, unseen.
      await expect(page.locator('h1').filter({ visible: true })).toHaveText(visit.heading)
      if (visit.shows)
        await expect(page.getByText(visit.shows).filter({ visible: true }).first()).toBeVisible()
    })
  })

test('what is not there, or not for this person, answers 404', async ({ as, allow }) => {
  allow(missing.allow)
  const jonas = await as('jonas')
  for (const path of [
    paths.release('rel_0'),
    paths.application('app_0'),
    paths.service('nobody-has-this'),
    paths.service('%zz'),
  ]) {
    const response = await jonas.goto(path)
    expect(response?.status(), path).toBe(404)
    await expect(jonas.getByRole('heading', { level: 1 })).toHaveText('Not found')
  }
  const dora = await as('dora')
  const entry = await dora.goto(paths.history({ entry: '999999999' }))
  expect(entry?.status()).toBe(404)
  await expect(dora.getByRole('heading', { level: 1 })).toHaveText('Entry not found')
})

test('the icon is there before anybody signs in, and before a page is whole', async ({ stranger }) => {
  const page = await stranger()
  const icon = await page.request.get('/favicon.ico')
  expect([icon.status(), icon.headers()['content-type']]).toEqual([200, 'image/svg+xml'])
  for (const path of [paths.signIn(), '/nowhere'])
    expect((await (await page.request.get(path)).text()).split('</head>')[0], path).toContain(
      '<link rel="icon"',
    )
})

test('a refusal names the right, the groups and whom to ask', async ({ as }) => {
  const jonas = await as('jonas')
  await jonas.goto(paths.history())
  await expect(jonas.getByRole('main')).toContainText('You lack the right to read the log')
  await expect(jonas.getByRole('main')).toContainText('auditor or admin')
  await expect(jonas.getByRole('main')).toContainText('/shop/developers')
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
