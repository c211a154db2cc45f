import { paths } from '#lib/platform/paths.ts'
import type { SearchAnswer } from '#lib/search/search.ts'
import { expect, expectFits, type Page, test } from './fixtures.ts'
import { readJson } from './steps.ts'

const searchApi = (url: URL) => url.pathname === new URL(paths.api.search({ q: '' }), url).pathname

async function openPalette(page: Page) {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('ControlOrMeta+k')
  const palette = page.getByRole('dialog', { name: 'Search or jump to' })
  return { palette, box: palette.getByRole('combobox'), says: palette.getByRole('status') }
}

test('the palette finds despite a typing error, goes there by keyboard, and remembers', async ({ as }) => {
  const anna = await as('anna')
  await anna.goto(paths.inbox())
  const { palette, box } = await openPalette(anna)
  await expect(box).toBeFocused()
  await box.fill('chekcout')
  const services = palette.getByRole('group', { name: 'Services' })
  await expect(services.getByRole('option', { name: /^checkout/ }).first()).toHaveAttribute(
    'data-highlighted',
  )
  await expect(services.locator('mark')).toHaveText(['checkout'])
  await anna.keyboard.press('ArrowDown')
  await expect(
    palette.getByRole('group', { name: 'Applications' }).getByRole('option').first(),
  ).toHaveAttribute('data-highlighted')
  await anna.keyboard.press('ArrowUp')
  await anna.keyboard.press('Enter')
  await expect(palette).toBeHidden()
  await expect(anna).toHaveURL(paths.service('checkout'))

  const again = await openPalette(anna)
  await expect(again.palette.getByRole('group', { name: 'Recent' }).getByRole('option')).toHaveText([
    /checkout/,
  ])
  await anna.keyboard.press('Escape')
  await expect(again.palette).toBeHidden()
})

test('searching, nothing found and no answer are three different things', async ({ as, allow }) => {
  allow(/Failed to load resource/)
  const anna = await as('anna')
  const held = Promise.withResolvers<void>()
  await anna.route(searchApi, async (route) => {
    const q = new URL(route.request().url()).searchParams.get('q')
    if (q === 'broken') return route.abort()
    if (q === 'slowly') await held.promise
    return route.continue()
  })
  await anna.goto(paths.inbox())
  const { box, says } = await openPalette(anna)
  await box.fill('slowly')
  await expect(says).toHaveText('Searching…')
  held.resolve()
  await expect(says).toHaveText(/^Nothing found for “slowly”/)
  await box.fill('broken')
  await expect(says).toHaveText(/does not answer right now/)
  await box.fill('checkout')
  await expect(says).toHaveText('')
})

test('one request for a word that is typed without a pause', async ({ as }) => {
  const anna = await as('anna')
  await anna.goto(paths.inbox())
  const asked: string[] = []
  anna.on('request', (request) => {
    const url = new URL(request.url())
    if (searchApi(url)) asked.push(url.searchParams.get('q') ?? '')
  })
  const { palette, box } = await openPalette(anna)
  // Typed in the page itself: between two keys sent from here a busy machine makes pauses of its own.
  await box.evaluate((input, word) => {
    for (const letter of word) {
      document.execCommand('insertText', false, letter)
      if (document.activeElement !== input) throw new Error('the box lost the focus')
    }
  }, 'checkout')
  await expect(palette.getByRole('option', { name: /^checkout/ }).first()).toBeVisible()
  expect(asked).toEqual(['checkout'])
})

test('the page of results: kinds in the address, hostile text as text', async ({ as }) => {
  const anna = await as('anna')
  await anna.goto(paths.search({ q: 'checkout' }))
  await anna.getByRole('link', { name: 'Applications', exact: true }).click()
  await expect(anna).toHaveURL(paths.search({ q: 'checkout', kind: 'application' }))
  await expect(anna.getByRole('list', { name: 'Applications' }).getByRole('link')).toHaveCount(3)
  for (const q of ['%', '\\', "'<b>&", '\u{1f680}', 'a'.repeat(10_000)]) {
    const answer = await anna.goto(paths.search({ q }))
    expect(answer?.status()).toBe(200)
    await expect(anna.getByRole('heading', { level: 1 })).toHaveText('Search')
  }
})

test('somebody sees in the answer only what they may read', async ({ as }) => {
  const anna = await as('anna')
  const answer = await readJson<SearchAnswer>(anna, paths.api.search({ q: 'checkout' }))
  expect(answer.groups.map(({ kind }) => kind)).toContain('application')
  const nora = await as('nora')
  const refused = await nora.request.get(paths.api.search({ q: 'checkout' }), { maxRetries: 3 })
  expect(refused.status()).toBe(403)
})

test('palette and results at both widths in both themes', async ({ as }) => {
  const page = await as('anna')
  await page.goto(paths.search({ q: 'chekcout' }))
  await expectFits(page, 'search', () =>
    expect(page.getByRole('list', { name: 'Services' })).toContainText('checkout'),
  )
  const { palette, box } = await openPalette(page)
  await box.fill('chekcout')
  await expectFits(page, 'palette', () =>
    expect(palette.getByRole('option', { name: /^checkout/ }).first()).toBeVisible(),
  )
})
