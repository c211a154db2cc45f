import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, Stop } from './steps.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** As root there is no sandbox to be had; the others keep the browser from looking up its maker's hosts. */
export const browserFlags = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

/** The Chromium or Chrome of this machine, or undefined. */
export function findBrowser() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...elsewhere]
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** The browser for end-to-end tests; installed with the system's package manager where we may. */
export async function ensureBrowser(tell) {
  const found = findBrowser()
  if (found) return found
  const apt = ['/usr/bin/apt-get', '/bin/apt-get'].find((file) => existsSync(file))
  if (apt) {
    tell('installing Chromium with apt-get, this takes about a minute')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
    for (const args of [
      ['update', '-qq'],
      ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
    ]) {
      const [program, ...rest] = [...asRoot, apt, ...args]
      const { code, output } = await run(program, rest, { env })
      if (code !== 0)
        throw new Stop(
          `${output.trim()}\nChromium could not be installed: install it yourself (package chromium) and start again.`,
        )
    }
    const installed = findBrowser()
    if (installed) return installed
  }
  throw new Stop('No Chromium or Chrome was found for the end-to-end tests: install one and start again.')
}
