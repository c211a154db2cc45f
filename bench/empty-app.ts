import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ownEnv } from '#lib/platform/env.ts'
import { benchDir, root } from './places.ts'
import { run } from './run-program.ts'

export const nextBin = createRequire(import.meta.url).resolve('next/dist/bin/next')

/** What the empty page says, so that a first page can be told from an error. */
export const emptyWords = 'Nothing but the framework'

const files = {
  'package.json': '{ "type": "module", "private": true }\n',
  // node_modules are found further up, in the checkout: the very same Next and React as the product's.
  'next.config.js': `export default { poweredByHeader: false, turbopack: { root: ${JSON.stringify(root)} } }\n`,
  // Without one of its own, the build takes the one it finds further up: ours.
  'instrumentation.js': 'export function register() {}\n',
  'app/layout.js':
    'export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html> }\n',
  'app/page.js': `export default function Page() { return <p>${emptyWords}</p> }\n`,
  // The positive control: one careless import.
  'app/careless/page.js': `'use client'
import * as z from 'zod'
export default function Page() { return <p>{Object.keys(z).length} {typeof z.locales} {z.string().safeParse('a').success}</p> }
`,
}

export type EmptyApp = { dir: string; page: () => Promise<string>; careless: () => Promise<string> }

/** An app without content, of the product's own versions, built once for each of them. */
export async function emptyApp(say: (line: string) => void): Promise<EmptyApp> {
  const dir = join(benchDir, 'empty')
  const lock = await readFile(join(root, 'package-lock.json'))
  const stamp = createHash('sha256').update(lock).update(JSON.stringify(files)).digest('hex')
  const stampFile = join(dir, '.next', 'stamp')
  if ((await readFile(stampFile, 'utf8').catch(() => '')) !== stamp) {
    say('Building the empty page')
    await rm(dir, { recursive: true, force: true })
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true })
      await writeFile(join(dir, name), text)
    }
    await run([nextBin, 'build', dir], { ...ownEnv(), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' })
    await writeFile(stampFile, stamp)
  }
  const html = (name: string) => readFile(join(dir, '.next', 'server', 'app', `${name}.html`), 'utf8')
  return { dir, page: () => html('index'), careless: () => html('careless') }
}
