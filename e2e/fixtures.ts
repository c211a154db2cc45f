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

type Fixtures = {
  /** All browsers of a test: they end with it, and it fails if one of their consoles complained. */
  watch: Watch
  /** A page in a browser of this person's own, signed in. */
  as: (person: Person, options?: Options) => Promise<Page>
  /** A page in a browser in which nobody is signed in. */
  stranger: (options?: Options) => Promise<Page>
  /** What the console may say in this test, such as the answer 404 of a page that is not there. */
  allow: (words: RegExp) => void
  sandbox: typeof sandbox
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

export const test = base.extend<Fixtures, { sessions: Map<Person, State> }>({
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
        return context.newPage()
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

/** No violation of WCAG A or AA on the page as it stands. */
export async function expectAccessible(page: Page): Promise<void> {
  const builder = new AxeBuilder({ page }).setLegacyMode(true)
  const { violations } = await builder
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze()
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

export { expect, type Page } from '@playwright/test'
