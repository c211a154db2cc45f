import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import { clock } from '#lib/platform/clock.ts'
import { paths } from '#lib/platform/paths.ts'
import { ownCore } from '#sandbox/world/applications.ts'
import { changed } from '#sandbox/world/state.ts'
import type { World } from '#sandbox/world/world.ts'
import { browserLaunch } from '../scripts/browser.mjs'
import { bootstrap, measure, median, type Outcome, quantile } from './measure.ts'
import { compare } from './pairs.ts'
import { listPage } from './peers/argocd.ts'
import { eventually, generatedNames, type Stack } from './stack.ts'

/** Three applications each, and the named ones: a thousand in all. */
export const liveServices = 320
const goals = { ratio: 0.4, ms: 200 }
/** In a block: one page is open and hears that many changes, after one that does not count. */
const changes = 6
const rows = 50
const search = 'svc-'
const health = ['Degraded', 'Suspended'] as const
/** Between two changes, in ms: longer than either side rests, and at any place in a buffer of 500. */
const restMs = { least: 700, spread: 500 }

declare global {
  interface Window {
    seenAt: Promise<number>
  }
}

const nowMs = () => performance.timeOrigin + clock.monotonicMs()

/** How far the browser's clock is ahead of ours; the quickest of many answers tells it best. */
async function aheadMs(page: Page): Promise<number> {
  const asked: { tookMs: number; aheadMs: number }[] = []
  for (let turn = 0; turn < 40; turn += 1) {
    const before = nowMs()
    const there = await page.evaluate(() => performance.timeOrigin + performance.now())
    const after = nowMs()
    asked.push({ tookMs: after - before, aheadMs: there - (before + after) / 2 })
  }
  return asked.sort((a, b) => a.tookMs - b.tookMs)[0]?.aheadMs ?? 0
}

/** From now on the page watches one row; `seenAt` is when the word came to stand in it, by the browser's clock. */
const watchRow = (page: Page, row: string, word: string) =>
  page.evaluate(
    ([selector, wanted]) => {
      window.seenAt = new Promise((seen) => {
        const look = () => {
          if (!document.querySelector(selector)?.textContent?.includes(wanted)) return
          observer.disconnect()
          seen(performance.timeOrigin + performance.now())
        }
        const observer = new MutationObserver(look)
        observer.observe(document.body, { subtree: true, childList: true, characterData: true })
        look()
      })
    },
    [row, word] as const,
  )

/** Something that follows Argo CD in a page of its own; it hears nothing while the page is shut. */
type Side = { open: () => Promise<void>; page: Page; rowOf: (service: string) => string }

async function ours(context: BrowserContext, address: string): Promise<Side> {
  const page = await context.newPage()
  const url = `${address}${paths.services({ sort: 'name', q: search })}`
  const rowOf = (service: string) => `tr[data-service="${service}"]`
  const open = async () => {
    const listens = page.waitForResponse((response) => response.url().endsWith(paths.api.events))
    await page.goto(url)
    await page.waitForSelector(rowOf(generatedNames(1)[0] ?? ''))
    await listens
  }
  return { page, open, rowOf }
}

async function theirs(context: BrowserContext, argoCd: string): Promise<Side> {
  const page = await context.newPage()
  const html = await listPage(search, rows)
  const rowOf = (service: string) => `[data-row="${service}-dev"]`
  const open = async () => {
    // Only the page itself is ours: what intercepts requests must not stand in the way of the stream.
    await page.route('**/bench-list', (route) => route.fulfill({ contentType: 'text/html', body: html }))
    await page.goto(`${argoCd}/bench-list`)
    await page.unrouteAll()
    await page.waitForSelector('body[data-open]', { state: 'attached' })
    await page.waitForSelector(rowOf(generatedNames(1)[0] ?? ''))
  }
  return { page, open, rowOf }
}

/** Argo CD changes one application after the other; how long until each stands in the page, in ms. */
function createChanger(world: World) {
  const services = generatedNames(12)
  let turn = 0
  const next = async ({ page, rowOf }: Side, offsetMs: number): Promise<number> => {
    const service = services[turn % services.length] ?? ''
    const word = health[Math.floor(turn / services.length) % health.length] ?? health[0]
    turn += 1
    const app = world.inner.apps.get(`${service}-dev`)
    if (!app) throw new Error(`there is no ${service}-dev`)
    await watchRow(page, rowOf(service), word)
    ownCore(world.inner, app).status.health = { status: word }
    const atMs = nowMs()
    changed(world.inner, app)
    const seenMs = await Promise.race([
      page.evaluate(() => window.seenAt),
      sleep(30_000).then(() => Number.NaN),
    ])
    if (Number.isNaN(seenMs)) throw new Error(`the page never showed ${word} of ${service}`)
    return seenMs - offsetMs - atMs
  }
  return async (side: Side): Promise<number[]> => {
    await side.open()
    const offsetMs = await aheadMs(side.page)
    const tookMs: number[] = []
    for (let count = 0; count <= changes; count += 1) {
      await sleep(restMs.least + Math.random() * restMs.spread)
      tookMs.push(await next(side, offsetMs))
    }
    await side.page.goto('about:blank')
    return tookMs.slice(1)
  }
}

/** The control: the same page, told everything half a second late. */
const late = `window.EventSource = class extends EventSource {
  set onmessage(hear) { super.onmessage = (event) => setTimeout(hear, 500, event) }
}`

async function signedInTo(browser: Browser, url: string, cookie: string): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 950 } })
  const [name = '', value = ''] = cookie.split('=')
  await context.addCookies([{ name, value, url }])
  return context
}

/** Waits until nothing is planned any more: then nothing but our changes is told. */
async function atRest({ db }: Stack): Promise<void> {
  let before = { plans: -1, sinceMs: 0 }
  await eventually(
    'a fleet at rest',
    async () => {
      const plans = await db.plan.count()
      if (plans !== before.plans) before = { plans, sinceMs: nowMs() }
      return nowMs() - before.sinceMs > 3_000 ? true : null
    },
    180_000,
  )
}

/** P7: from a change at Argo CD to the page, ours and one that follows as Argo CD's own does, in one Chromium. */
export async function live(stack: Stack, say: (line: string) => void): Promise<Outcome> {
  const { sandbox, address, people } = stack
  say('P7: waiting until nothing is planned any more')
  await atRest(stack)
  const browser = await chromium.launch(browserLaunch())
  try {
    const own = await signedInTo(browser, address, people.developer.cookie)
    const delayed = await signedInTo(browser, address, people.developer.cookie)
    await delayed.addInitScript(late)
    const argoCd = sandbox.argoCd.url
    const foreign = await signedInTo(browser, argoCd, `argocd.token=${sandbox.argoCd.tokens.countersign}`)
    const change = createChanger(sandbox.world)
    const sides = {
      ours: { side: await ours(own, address), tookMs: [] as number[] },
      peer: { side: await theirs(foreign, argoCd), tookMs: [] as number[] },
    }
    const block = async ({ side, tookMs }: (typeof sides)['ours']) => {
      const took = await change(side)
      tookMs.push(...took)
      return median(took)
    }
    say('P7: changing applications')
    const { ratio, control, quiet } = await compare(
      () => block(sides.peer),
      () => block(sides.ours),
      say,
    )
    const lateMs = median(await change(await ours(delayed, address)))
    const peerMs = median(sides.peer.tookMs)
    const caught = lateMs > goals.ms && lateMs / peerMs > goals.ratio
    const trusted = caught && quiet
    const words = (name: string, tookMs: readonly number[]) =>
      `${name}: p50 ${quantile(tookMs, 0.5).toFixed(0)} ms, p95 ${quantile(tookMs, 0.95).toFixed(0)} ms of ${tookMs.length} changes`
    const applications = sandbox.world.inner.apps.size
    return {
      measures: [
        measure(
          {
            id: 'P7',
            what: "change at Argo CD to our page by its own page's way",
            goal: goals.ratio,
            unit: 'x',
          },
          ratio,
          trusted,
        ),
        measure(
          { id: 'P7.ms', what: 'change at Argo CD to our page, p50', goal: goals.ms, unit: 'ms' },
          bootstrap(sides.ours.tookMs, median),
          trusted,
        ),
      ],
      notes: [
        words('ours', sides.ours.tookMs),
        words(
          `500 ms buffer, linear search, ${rows} rows by React, ${applications} applications`,
          sides.peer.tookMs,
        ),
        `control, ours against itself: ${control.toFixed(3)}${quiet ? '' : ' (too noisy, so nothing here counts)'}`,
        `control, ours told half a second late: ${lateMs.toFixed(0)} ms (${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
      ],
    }
  } finally {
    await browser.close()
  }
}
