import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { paths } from '#lib/platform/paths.ts'
import { emptyApp } from './empty-app.ts'
import { exact, measure, type Outcome } from './measure.ts'
import { root } from './places.ts'
import { requestFor, type Stack } from './stack.ts'

const matrixGoal = 1.35
const routeGoal = 1.6

/**
 * Every script that a page asks for: those in its markup and those that its server components name. The polyfill
 * counts for no browser that knows modules.
 */
export function scriptsOf(html: string): string[] {
  const modern = html.replaceAll(/<script[^>]*nomodule[^>]*>/gi, '')
  return [...new Set(modern.match(/static\/chunks\/[\w.~/-]+?\.js/g) ?? [])]
}

async function gzipBytes(html: string, nextDir: string): Promise<number> {
  const files = await Promise.all(scriptsOf(html).map((name) => readFile(join(nextDir, name))))
  return files.reduce((sum, file) => sum + gzipSync(file).length, 0)
}

/** P9: first-load JavaScript of each route, as the signed-in browser gets it, against an empty page. */
export async function firstLoad(stack: Stack, say: (line: string) => void): Promise<Outcome> {
  const app = await emptyApp(say)
  const floor = await gzipBytes(await app.page(), join(app.dir, '.next'))
  const careless = await gzipBytes(await app.careless(), join(app.dir, '.next'))
  const release = await requestFor(stack, 'checkout-prod')
  const routes: Record<string, string> = {
    matrix: paths.services(),
    service: paths.service('checkout'),
    application: paths.application(release.application),
    release: paths.release(release.id),
    releases: paths.releases(),
    inbox: paths.inbox(),
    history: paths.history(),
    unmapped: paths.unmapped(),
  }
  const pages = await Promise.all([
    ...Object.entries(routes).map(async ([name, path]) => ({ name, html: await stack.page(path) })),
    (async () => ({ name: 'sign-in', html: await stack.page(paths.signIn(), '') }))(),
  ])
  const sizes = await Promise.all(
    pages.map(async ({ name, html }) => ({ name, bytes: await gzipBytes(html, join(root, '.next')) })),
  )
  const matrix = sizes[0]?.bytes ?? Number.NaN
  const worst = sizes.reduce((a, b) => (b.bytes > a.bytes ? b : a))
  const caught = careless / floor > matrixGoal
  const line = (name: string, bytes: number) =>
    `${name.padEnd(12)} ${(bytes / 1000).toFixed(1).padStart(6)} kB gzip  ${(bytes / floor).toFixed(3)}×`
  return {
    measures: [
      measure(
        {
          id: 'P9',
          what: 'first-load JavaScript of the matrix by that of an empty page',
          goal: matrixGoal,
          unit: 'x',
        },
        exact(matrix / floor),
        caught,
      ),
      measure(
        { id: 'P9.worst', what: `the same of the heaviest route, ${worst.name}`, goal: routeGoal, unit: 'x' },
        exact(worst.bytes / floor),
        caught,
      ),
    ],
    notes: [
      line('empty page', floor),
      ...sizes.map(({ name, bytes }) => line(name, bytes)),
      `${line('all of zod', careless)}  (control: ${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
    ],
  }
}
