import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Browser, chromium } from '@playwright/test'
import { panels } from '#lib/metrics/panel.ts'
import { clock, type Instant, plus } from '#lib/platform/clock.ts'
import { paths } from '#lib/platform/paths.ts'
import { browserLaunch } from '../scripts/browser.mjs'
import { cpuOf } from './cpu.ts'
import { exact, measure, median, type Outcome } from './measure.ts'
import { compare } from './pairs.ts'
import { root } from './places.ts'
import { serve } from './request.ts'
import { startLateBackend } from './signals-backend.ts'
import { type Person, type Stack, signedIn } from './stack.ts'

const goals = { cpu: 1.5, paintMs: 1000, calls: 1 }
const people = 200
const viewsASample = 8
const paints = 8
const answersAfterMs = 200
/** The control: with it the first panel cannot be there in time. */
const tooLateMs = 600
const hourMs = 3_600_000

type Place = { application: string; around: Instant }

/** What a browser asks for when it shows the signals of a release: four panels, what is usual, logs and alerts. */
function asksOf({ application, around }: Place): { first: string[]; after: string[] } {
  const asked = { range: '1h', around }
  const metrics = (part: string) =>
    panels.map((panel) => paths.api.metrics(application, { panel, part, ...asked }))
  const window = { from: plus(around, -hourMs / 2), to: plus(around, hourMs / 2), deployed: around }
  const logs = ['lines', 'volume'].map((part) => paths.api.logs(application, { part, ...asked }))
  const patterns = paths.api.logs(application, { part: 'patterns', deployed: around })
  return {
    first: [...metrics('now'), ...logs, patterns, paths.api.alerts(application, window)],
    after: metrics('usual'),
  }
}

async function read(url: string, cookie = ''): Promise<string> {
  const answer = await fetch(url, { headers: { cookie } })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return text
}

/** From the beginning of the navigation until a chart with lines has been painted. */
async function painted(browser: Browser, url: string, cookie: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 950 } })
  try {
    const [name = '', value = ''] = cookie.split('=')
    await context.addCookies([{ name, value, url }])
    const page = await context.newPage()
    await page.addInitScript(() => {
      window.seenAt = new Promise((seen) => {
        const look = () => {
          if (!document.querySelector('.uplot canvas')) return
          observer.disconnect()
          // The frame that paints it, and the one after: then it has been painted.
          requestAnimationFrame(() => requestAnimationFrame(() => seen(performance.now())))
        }
        const observer = new MutationObserver(look)
        observer.observe(document, { subtree: true, childList: true })
      })
    })
    await page.goto(url, { waitUntil: 'commit' })
    return await page.evaluate(() => window.seenAt)
  } finally {
    await context.close()
  }
}

/** SIGNALS: what the signals of a page cost the web, how soon the first is seen, and what 200 people ask of a backend. */
export async function signals(stack: Stack, say: (line: string) => void): Promise<Outcome> {
  const { sandbox, config, db, env, webEnv } = stack
  const backend = await startLateBackend(new URL(sandbox.signals.logs).origin)
  const file = join(dirname(env.COUNTERSIGN_CONFIG ?? ''), 'late.yaml')
  const written = await readFile(env.COUNTERSIGN_CONFIG ?? '', 'utf8')
  await writeFile(file, written.replaceAll(new URL(sandbox.signals.logs).origin, backend.url))
  const floor = await serve(
    (port) => [join(root, 'bench/pass-through.ts'), String(port), backend.url],
    env,
    (port) => `http://127.0.0.1:${port}/health`,
  )
  const web = await serve(
    () => ['--conditions=react-server', join(root, 'lib/worker/web.ts')],
    { ...webEnv, COUNTERSIGN_CONFIG: file },
    (port) => `http://127.0.0.1:${port}${paths.api.health}`,
  )
  const browser = await chromium.launch(browserLaunch())
  try {
    say(`SIGNALS: letting ${people} people in`)
    const viewers: Person[] = []
    for (let at = 0; at < people; at += 1)
      viewers.push(await signedIn(db, config, `Viewer ${at}`, 'developer', '/shop/developers'))
    const cookieOf = (at: number) => viewers[at % people]?.cookie ?? ''
    const rows = await db.application.findMany({
      where: { name: { in: ['checkout-prod', 'cart-prod', 'search-prod'] }, goneAt: null },
      select: { id: true },
    })
    if (rows.length === 0) throw new Error('The practice platform has no checkout any more.')
    const base = plus(clock.now(), -2 * hourMs)
    let turn = 0
    /** Nobody has looked at it before: each is another hour or another application. */
    const nextPlace = (): Place => {
      const application = rows[turn % rows.length]?.id ?? ''
      const around = plus(base, -Math.floor(turn / rows.length) * (hourMs + 60_000))
      turn += 1
      return { application, around }
    }
    const view = async (place: Place, cookie: string) => {
      const { first, after } = asksOf(place)
      await Promise.all(first.map((path) => read(`${web.url}${path}`, cookie)))
      await Promise.all(after.map((path) => read(`${web.url}${path}`, cookie)))
    }

    say('SIGNALS: one page by one person, then by two hundred')
    const crowd = nextPlace()
    const panelsOf = ({ application, around }: Place, cookie: string) =>
      Promise.all(
        panels.map((panel) =>
          read(`${web.url}${paths.api.metrics(application, { panel, range: '1h', around })}`, cookie),
        ),
      )
    backend.taken()
    await panelsOf(crowd, cookieOf(0))
    const ofOne = backend.taken().length
    const again = nextPlace()
    await Promise.all(viewers.map(({ cookie }) => panelsOf(again, cookie)))
    const ofAll = backend.taken().length
    // The control: everybody looks at something else.
    for (let at = 0; at < 10; at += 1) await panelsOf(nextPlace(), cookieOf(at))
    const ofEach = backend.taken().length

    say('SIGNALS: passing answers through, and answering')
    let passed: string[] = []
    const candidate = () =>
      cpuOf([web.pid], async () => {
        backend.taken()
        for (let n = 0; n < viewsASample; n += 1) await view(nextPlace(), cookieOf(turn))
        passed = backend.taken()
      })
    const plain = (times: number) => () =>
      cpuOf([floor.pid], async () => {
        for (let n = 0; n < times * passed.length; n += 12)
          await Promise.all(
            Array.from({ length: 12 }, (_, at) => passed[(n + at) % passed.length] ?? '').map((path) =>
              read(`${floor.url}${path}`),
            ),
          )
      })
    await candidate()
    const { ratio, control, quiet, rounds } = await compare(plain(1), candidate, say)
    const calls = passed.length / viewsASample
    const floorMs = median(rounds.flatMap((round) => round.floor)) / viewsASample
    const oursMs = median(rounds.flatMap((round) => round.candidate)) / viewsASample
    // The control: whoever passes everything through twice must be over the goal.
    const twice = (await plain(2)()) / viewsASample / floorMs

    say('SIGNALS: looking at pages')
    const paint = async (lateMs: number) => {
      backend.setLate(lateMs)
      const tookMs: number[] = []
      for (let n = 0; n <= paints; n += 1) {
        const { application } = nextPlace()
        // Another range is another question, so that nothing of it is kept.
        const range = (['15m', '1h', '6h', '24h'] as const)[n % 4] ?? '1h'
        const path = paths.application(application, { tab: 'signals', range })
        const took = await painted(browser, `${web.url}${path}`, cookieOf(turn))
        if (n > 0) tookMs.push(took)
      }
      backend.setLate(0)
      return median(tookMs)
    }
    const paintMs = await paint(answersAfterMs)
    const lateMs = await paint(tooLateMs)
    const caught = {
      cpu: twice > goals.cpu,
      paint: lateMs > goals.paintMs,
      calls: ofEach / ofOne > goals.calls,
    }
    const told = (fails: boolean) => (fails ? 'fails, as it must' : 'passes, so nothing here counts')
    return {
      measures: [
        measure(
          {
            ...{ id: 'SIGNALS.CPU', goal: goals.cpu, unit: 'x' },
            what: 'CPU of the web for four panels and logs by passing the same answers through',
          },
          ratio,
          caught.cpu && quiet,
        ),
        measure(
          {
            ...{ id: 'SIGNALS.PAINT', goal: goals.paintMs, unit: 'ms' },
            what: `the first panel painted after navigation, backend in ${answersAfterMs} ms`,
          },
          exact(paintMs),
          caught.paint,
        ),
        measure(
          {
            ...{ id: 'SIGNALS.CALLS', goal: goals.calls, unit: 'x' },
            what: `calls of a backend by ${people} people at one page by those of one`,
          },
          exact(ofAll / ofOne),
          caught.calls,
        ),
      ],
      notes: [
        `${oursMs.toFixed(1)} ms CPU a page, the floor ${floorMs.toFixed(1)} ms for the same ${calls.toFixed(0)} answers; nothing kept from one page to the next`,
        `control, ours against itself: ${control.toFixed(3)}${quiet ? '' : ' (too noisy, so nothing here counts)'}; everything passed through twice: ${twice.toFixed(2)}× (${told(caught.cpu)})`,
        `control, backend in ${tooLateMs} ms: ${lateMs.toFixed(0)} ms (${told(caught.paint)})`,
        `${ofOne} calls for one person, ${ofAll} for ${people}; ten people at ten pages: ${ofEach} (${told(caught.calls)})`,
      ],
    }
  } finally {
    await browser.close()
    for (const { child } of [web, floor]) {
      child.kill()
      await once(child, 'exit')
    }
    backend.close()
  }
}
