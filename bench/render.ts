import { chromium, type Page } from '@playwright/test'
import pg from 'pg'
import { clock } from '#lib/platform/clock.ts'
import { paths } from '#lib/platform/paths.ts'
import { databaseUrl } from '#lib/platform/role-names.ts'
import { browserLaunch } from '../scripts/browser.mjs'
import type { Fleet } from './fleet.ts'
import { bootstrap, exact, measure, median, type Outcome } from './measure.ts'

const nodesGoal = 1500
const inpGoalMs = 50
const rounds = 6
/** How many services get two more columns, so that the matrix has five: more than a page holds. */
const wide = 200
const controlRows = 10_000

declare global {
  interface Window {
    seenNodes: number
    worstMs: number
  }
}

/** The two columns more, on an Argo CD that the worker does not know and so leaves alone. */
async function widen(admin: pg.Client) {
  await admin.query(
    "INSERT INTO catalog.instance (name, state, last_contact_at) VALUES ('bench', 'connected', now() + interval '1 day') ON CONFLICT DO NOTHING",
  )
  await admin.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, uid, project, service, environment, environment_order,
       target, team, tier, protected, version, version_key, deployed_at, health, sync, coming)
     SELECT a.id || t.target, 'bench', a.namespace, a.name || t.target, a.id || t.target, a.project, a.service, a.environment,
       a.environment_order, t.target, a.team, '1', true, a.version, a.version_key, now(), 'Healthy', 'Synced', a.coming
     FROM (SELECT * FROM catalog.application WHERE environment = 'prod' AND gone_at IS NULL ORDER BY service LIMIT ${wide}) a,
       (VALUES ('eu'), ('us')) AS t (target)
     ON CONFLICT DO NOTHING`,
  )
}

/** From now on the page counts its elements at every frame and keeps the worst answer to a key or a click. */
const watch = (page: Page) =>
  page.evaluate(() => {
    window.seenNodes = 0
    window.worstMs = 0
    const count = () => {
      window.seenNodes = Math.max(window.seenNodes, document.querySelectorAll('*').length)
      requestAnimationFrame(count)
    }
    count()
    new PerformanceObserver((list) => {
      // What is no key, tap or click, such as a pointer that comes over something, is no interaction (web.dev/inp).
      for (const entry of list.getEntries() as (PerformanceEntry & { interactionId: number })[])
        if (entry.interactionId > 0) window.worstMs = Math.max(window.worstMs, entry.duration)
    }).observe({ type: 'event', durationThreshold: 16, buffered: false } as PerformanceObserverInit)
  })

const readings = (page: Page) =>
  page.evaluate(() => ({ nodes: window.seenNodes, worstMs: Math.max(window.worstMs, 8) }))

/** Two frames: what was asked for stands on the screen. */
const painted = (page: Page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))

async function scroll(page: Page, frames: number) {
  await page.mouse.move(720, 600)
  for (let turn = 0; turn < frames; turn += 1) {
    await page.mouse.wheel(0, turn < frames / 2 ? 120 : -120)
    await painted(page)
  }
  await page.mouse.move(0, 0)
}

async function type(page: Page) {
  await page.keyboard.press('/')
  for (const key of 'svc-') {
    await page.keyboard.press(key)
    await painted(page)
  }
  await page.waitForURL(/q=svc-/)
  for (let times = 0; times < 4; times += 1) await page.keyboard.press('Backspace')
  await page.waitForURL((url) => !url.searchParams.has('q'))
  await page.getByRole('heading', { level: 1 }).focus()
  for (const key of 'jjjjjkkj') await page.keyboard.press(key)
  await page.getByRole('heading', { level: 1 }).focus()
}

/** Twenty rows that are on the screen change at once; how long until the last of them shows it, in milliseconds. */
async function update(page: Page, admin: pg.Client, health: string): Promise<number> {
  const drawn = await page
    .locator('tr[data-service]')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-service')))
  const { rows } = await admin.query<{ service: string }>(
    "SELECT DISTINCT service FROM catalog.application WHERE environment = 'prod' AND gone_at IS NULL AND service = ANY ($1) ORDER BY 1 LIMIT 20",
    [drawn],
  )
  const services = rows.map(({ service }) => service)
  if (services.length < 20) throw new Error(`Only ${services.length} rows on the screen are in prod.`)
  const startedMs = clock.monotonicMs()
  await admin.query(
    "UPDATE catalog.application SET health = $1, health_since = now() WHERE environment = 'prod' AND service = ANY ($2)",
    [health, services],
  )
  await admin.query(`SELECT pg_notify('countersign', '{"catalog":true}')`)
  await page.waitForFunction(
    ([word, count]) =>
      [...document.querySelectorAll('tr[data-service]')].filter((row) =>
        row.textContent?.includes(String(word)),
      ).length >= Number(count),
    [health, services.length] as const,
    { polling: 'raf' },
  )
  return clock.monotonicMs() - startedMs
}

/** What a table of everything would be, in the same page: every row is there, and a key hides those that do not fit. */
async function control(page: Page) {
  await page.evaluate((count) => {
    const body = document.querySelector('tbody')
    const rows = [...document.querySelectorAll('tr[data-service]')]
    if (!body) throw new Error('no table')
    const all = document.createElement('tbody')
    for (let index = 0; index < count; index += 1) {
      const row = rows[index % rows.length]?.cloneNode(true)
      if (row) all.append(row)
    }
    body.after(all)
    document.querySelector('[data-filter]')?.addEventListener('input', (event) => {
      const { value } = event.target as HTMLInputElement
      for (const [index, row] of [...all.children].entries())
        (row as HTMLElement).hidden = !`svc-${index}`.includes(value)
    })
    window.worstMs = 0
  }, controlRows)
  await page.keyboard.press('/')
  for (const key of '77') {
    await page.keyboard.press(key)
    await painted(page)
  }
  await painted(page)
  return readings(page)
}

/** P8: a fleet in the browser: come, scroll, see twenty rows change, type. Elements in the page, and the slowest answer. */
export async function render(fleet: Fleet, say: (line: string) => void): Promise<Outcome> {
  const admin = new pg.Client({ connectionString: databaseUrl(fleet.adminUrl, 'countersign') })
  await admin.connect()
  const browser = await chromium.launch(browserLaunch())
  const mounts: number[] = []
  const updates: number[] = []
  const worst: number[] = []
  const nodes: Record<string, number> = {}
  try {
    await widen(admin)
    const context = await browser.newContext({ viewport: { width: 1440, height: 1200 } })
    const [name = '', value = ''] = fleet.people.developer.cookie.split('=')
    await context.addCookies([{ name, value, url: fleet.address }])
    const page = await context.newPage()
    for (let round = 0; round < rounds; round += 1) {
      const density = round % 2 === 0 ? undefined : 'compact'
      say(`P8: round ${round + 1} of ${rounds}, ${density ?? 'comfortable'}`)
      await page.goto(`${fleet.address}${paths.services({ sort: 'name', density })}`)
      await page.waitForFunction(() => document.querySelectorAll('tr[data-service]').length > 10)
      mounts.push(await page.evaluate(() => performance.getEntriesByType('paint').at(-1)?.startTime ?? 0))
      await watch(page)
      await scroll(page, 100)
      updates.push(await update(page, admin, round % 2 === 0 ? 'Degraded' : 'Suspended'))
      await type(page)
      await painted(page)
      const seen = await readings(page)
      worst.push(seen.worstMs)
      const kind = density ?? 'comfortable'
      nodes[kind] = Math.max(nodes[kind] ?? 0, seen.nodes)
    }
    const full = await control(page)
    const most = Math.max(...Object.values(nodes))
    const caught = full.nodes > nodesGoal && full.worstMs > inpGoalMs
    return {
      measures: [
        measure(
          { id: 'P8', what: 'elements in the page at most', goal: nodesGoal, unit: 'nodes' },
          exact(most),
          caught,
        ),
        measure(
          { id: 'P8.inp', what: 'slowest answer to a key or a click', goal: inpGoalMs, unit: 'ms' },
          bootstrap(worst, median),
          caught,
        ),
      ],
      notes: [
        `${fleet.services} services, five columns: ${Object.entries(nodes)
          .map(([density, count]) => `${count} elements ${density}`)
          .join(', ')}`,
        `first paint ${Math.round(median(mounts))} ms; twenty rows from the database to the screen ${Math.round(median(updates))} ms (medians of ${rounds})`,
        `slowest answers of each round: ${worst.join(', ')} ms`,
        `control, a table of ${controlRows} rows: ${full.nodes} elements, ${full.worstMs} ms (${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
      ],
    }
  } finally {
    await browser.close()
    await admin.end()
  }
}
