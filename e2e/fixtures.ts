import AxeBuilder from '@axe-core/playwright'
import {
  type Browser,
  type BrowserContext,
  test as base,
  type ConsoleMessage,
  expect,
  type Page,
} from '@playwright/test'
import { paths } from '#lib/platform/paths.ts'
import { sandbox } from './sandbox.ts'

/** Who can sign in; sandbox/oidc/people.ts says what each may do. */
export const people = {
  jonas: 'Jonas Öztürk',
  mei: 'Mei Lin',
  anna: 'Anna Beck',
  marta: 'Marta Bauer',
  dora: 'Dora Weiss',
  piet: 'Piet de Vries',
  nora: 'Nora Klein',
} as const
export type Person = keyof typeof people
export const themes = ['light', 'dark'] as const
export type Theme = (typeof themes)[number]
export const widths = { 1440: { width: 1440, height: 900 }, 390: { width: 390, height: 844 } } as const

type State = Awaited<ReturnType<BrowserContext['storageState']>>
type Options = { width?: keyof typeof widths; theme?: Theme }

type Watch = {
  open: (options: Options, state?: State) => Promise<Page>
  allow: (words: RegExp) => void
}

/** A page in a browser of this person's own, signed in. */
export type As = (person: Person, options?: Options) => Promise<Page>

type Fixtures = {
  /** All browsers of a test: they end with it, and it fails if one of their consoles complained. */
  watch: Watch
  as: As
  /** A page in a browser in which nobody is signed in. */
  stranger: (options?: Options) => Promise<Page>
  /** What the console may say in this test, such as the answer 404 of a page that is not there. */
  allow: (words: RegExp) => void
  sandbox: typeof sandbox
}

/** Everything to press belongs to React by now, and what followed from that is done: before, a press goes nowhere. */
async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [document.body, ...document.querySelectorAll('button, input')].every((element) =>
      Object.keys(element).some((key) => key.startsWith('__react')),
    ),
  )
  await page.evaluate(() => new Promise((done) => requestIdleCallback(done, { timeout: 2_000 })))
}

/** A page whose `goto` and `reload` end when it can be used. */
function usable(page: Page): Page {
  for (const name of ['goto', 'reload'] as const) {
    const load = page[name].bind(page) as (...args: unknown[]) => ReturnType<Page['reload']>
    Object.assign(page, {
      [name]: async (...args: unknown[]) => {
        const response = await load(...args)
        await ready(page)
        return response
      },
    })
  }
  return page
}

/** Signs in the way people do: button, picker, back. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await page.goto(paths.signIn())
  await page.getByRole('button', { name: /^Sign in with/ }).click()
  await page.getByRole('button', { name: people[person] }).click()
  await page.waitForURL((url) => url.pathname === paths.services())
}

function newContext(browser: Browser, baseURL: string | undefined, options: Options, state?: State) {
  const { width = 1440, theme = 'light' } = options
  return browser.newContext({
    ...(baseURL ? { baseURL } : {}),
    ...(state ? { storageState: state } : {}),
    viewport: widths[width],
    colorScheme: theme,
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
  })
}

/** Errors of scripts, of the console and of the content policy; Chromium says the last two in the console. */
function complaintOf(message: ConsoleMessage): string | undefined {
  const text = message.text()
  if (message.type() === 'error') return text
  // A page that was left before its font arrived is no defect.
  if (message.type() === 'warning' && !text.includes('preloaded using link preload')) return text
  return undefined
}

const health = (address: string) =>
  fetch(address + paths.api.health).then(
    ({ ok }) => ok,
    () => false,
  )

export const test = base.extend<Fixtures, { sessions: Map<Person, State>; started: undefined }>({
  // Playwright waits for the first server only, lest both build the pages.
  started: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads fixtures from the parameters
    async ({}, use, { project }) => {
      await expect.poll(() => health(project.use.baseURL ?? ''), { timeout: 120_000 }).toBe(true)
      await use(undefined)
    },
    { scope: 'worker', auto: true, timeout: 130_000 },
  ],
  // Everybody signs in once for each worker; their other browsers take over the cookies.
  sessions: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads fixtures from the parameters
    async ({}, use) => use(new Map()),
    { scope: 'worker' },
  ],
  watch: async ({ browser, baseURL }, use) => {
    const contexts: BrowserContext[] = []
    const complaints: string[] = []
    const allowed: RegExp[] = []
    await use({
      allow: (words) => allowed.push(words),
      open: async (options, state) => {
        const context = await newContext(browser, baseURL, options, state)
        contexts.push(context)
        context.on('weberror', (error) => complaints.push(String(error.error())))
        context.on('console', (message) => {
          const complaint = complaintOf(message)
          if (complaint) complaints.push(`${complaint} (${message.location().url})`)
        })
        return usable(await context.newPage())
      },
    })
    await Promise.all(contexts.map((context) => context.close()))
    expect(complaints.filter((complaint) => !allowed.some((words) => words.test(complaint)))).toEqual([])
  },
  allow: async ({ watch }, use) => use(watch.allow),
  stranger: async ({ watch }, use) => use((options = {}) => watch.open(options)),
  as: async ({ watch, sessions }, use) =>
    use(async (person, options = {}) => {
      const page = await watch.open(options, sessions.get(person))
      if (!sessions.has(person)) {
        await signIn(page, person)
        sessions.set(person, await page.context().storageState())
      }
      return page
    }),
  sandbox: async ({ watch: _watch }, use) => {
    await use(sandbox)
    await sandbox.heal()
  },
})

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** All that another theme of the same page can break. */
const colourRules = ['color-contrast', 'link-in-text-block']

/** No violation of WCAG A or AA on the page as it stands; `colours` when the rest of it was looked at already. */
export async function expectAccessible(page: Page, what: 'all' | 'colours' = 'all'): Promise<void> {
  const builder = new AxeBuilder({ page }).setLegacyMode(true)
  const { violations } = await (what === 'all'
    ? builder.withTags(wcag)
    : builder.withRules(colourRules)
  ).analyze()
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
  )
  expect(found).toEqual([])
}

/** The page never scrolls sideways; wide tables do so in their own frame. */
export async function expectNoOverflow(page: Page): Promise<void> {
  const { clientWidth, scrollWidth } = await page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement
    return { clientWidth, scrollWidth }
  })
  expect(scrollWidth).toBeLessThanOrEqual(clientWidth)
}

/**
 * The open page at both widths in both themes: `stands` there, fits, and bars nobody. Pictures of it are kept for
 * people under `name`.
 */
export async function expectFits(page: Page, name: string, stands: () => Promise<void>): Promise<void> {
  for (const [width, size] of Object.entries(widths)) {
    await page.setViewportSize(size)
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await stands()
      await page.screenshot({ path: `.countersign/screenshots/${name}-${width}-${theme}.png` })
      await expectNoOverflow(page)
      await expectAccessible(page, theme === 'light' ? 'all' : 'colours')
    }
  }
}

export { expect, type Page } from '@playwright/test'
