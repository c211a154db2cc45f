import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { outerPath, root, run, Stop } from './steps.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
/** A Chromium that an npm package carries, for accounts that may install nothing on their machine. */
const ownFolder = join(root, '.countersign', 'browser')
const ownBrowser = join(ownFolder, 'chromium')
const ownPackage = '@sparticuz/chromium@153.0.0'

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

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The Chromium or Chrome of this machine, or undefined. */
export function findBrowser() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...elsewhere]
  return [...candidates, ownBrowser].find(isExecutable)
}

/** How to launch it: the one from npm brings its own libraries and runs where user namespaces may be closed. */
export function browserLaunch() {
  const executablePath = findBrowser()
  if (executablePath !== ownBrowser)
    return { args: browserFlags, ...(executablePath ? { executablePath } : {}) }
  const env = {
    ...process.env,
    FONTCONFIG_PATH: join(ownFolder, 'fonts'),
    LD_LIBRARY_PATH: join(ownFolder, 'al2023', 'lib'),
  }
  return { args: [...new Set(['--no-sandbox', ...browserFlags])], executablePath, env }
}

async function withApt(apt) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run(apt, ['update', '-qq'], { env })
  const packages = ['chromium', 'fonts-dejavu-core']
  return run(apt, ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env })
}

/** The package's own unpacking, into our folder instead of the one for temporary files. */
const unpack = `import chromium, { inflate } from '@sparticuz/chromium'
await chromium.executablePath()
await inflate('node_modules/@sparticuz/chromium/bin/al2023.tar.br')`

async function withNpm(node) {
  mkdirSync(ownFolder, { recursive: true })
  const args = ['install', '--prefix', ownFolder, '--ignore-scripts', '--loglevel=error', ownPackage]
  const installed = await run('npm', args, { cwd: ownFolder, env: { ...process.env, PATH: outerPath() } })
  if (installed.code !== 0) return installed
  const env = { ...process.env, TMPDIR: ownFolder }
  return run(node, ['--input-type=module', '-e', unpack], { cwd: ownFolder, env })
}

/** Makes sure of a browser for end-to-end tests, from the package managers and nowhere else. */
export async function ensureBrowser(node, tell) {
  if (findBrowser()) return
  const apt = ['/usr/bin/apt-get', '/bin/apt-get'].find((file) => existsSync(file))
  let result = { code: 1, output: '' }
  if (apt && process.getuid?.() === 0) {
    tell('installing Chromium with apt-get, this takes about a minute')
    result = await withApt(apt)
  } else if (process.platform === 'linux' && process.arch === 'x64') {
    tell('unpacking Chromium from npm, this takes some seconds')
    result = await withNpm(node)
  }
  if (findBrowser()) return
  throw new Stop(
    `${result.output.trim()}\nThere is no Chromium or Chrome for the end-to-end tests: install one and start again.`,
  )
}
