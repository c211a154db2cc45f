// Runs on the Node that happens to be installed (20 or later), before there is a single dependency.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The checkout. (`import.meta.dirname` is younger than Node 20.0.) */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Shown as one sentence, without a stack trace. */
export class Stop extends Error {}

/** Runs `main` and turns a Stop into its sentence and exit code 1. */
export async function command(main) {
  try {
    process.exitCode = (await main()) ?? 0
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}

/** Progress goes to standard error, so that `--json` answers stay clean. */
export const say = (line) => process.stderr.write(`${line}\n`)

/** PATH without our own node_modules: npm must not run on a Node that it is about to replace. */
export function outerPath() {
  const own = join(root, 'node_modules')
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(own))
    .join(delimiter)
}

/** Runs a program to its end; `output` is everything that it printed. */
export function run(program, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let output = ''
    child.stdout?.on('data', (chunk) => (output += chunk))
    child.stderr?.on('data', (chunk) => (output += chunk))
    child.once('error', (error) => done({ code: 127, output: error.message }))
    child.once('close', (code, signal) => done({ code: signal ? 1 : (code ?? 1), output }))
  })
}

/** The major version of a Node binary, or 0 when it does not run here. */
export function nodeMajor(binary) {
  const answer = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  return Number(/^v(\d+)/.exec(answer.stdout ?? '')?.[1] ?? 0)
}

/** Node 24 or later: the one from npm, or our own when that does not run on this platform. */
export function node24() {
  const fromNpm = join(root, 'node_modules', 'node', 'bin', 'node')
  if (existsSync(fromNpm) && nodeMajor(fromNpm) >= 24) return fromNpm
  return Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : undefined
}

function filesBelow(path, skip) {
  const entries = readdirSync(join(root, path), { withFileTypes: true })
  return entries.flatMap((entry) => {
    const inner = `${path}/${entry.name}`
    if (skip(inner)) return []
    return entry.isDirectory() ? filesBelow(inner, skip) : [inner]
  })
}

/** One digest over the names and contents of files and folders. */
export function digestOf(paths, skip = () => false) {
  const hash = createHash('sha256')
  const files = paths.flatMap((path) => {
    if (!existsSync(join(root, path))) return []
    try {
      return filesBelow(path, skip)
    } catch {
      return [path]
    }
  })
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hash.digest('hex')
}

/** Whether the work behind `name` was done for this digest; `keepStamp` remembers that it was. */
export function hasStamp(name, digest) {
  try {
    return readFileSync(join(root, name), 'utf8') === digest
  } catch {
    return false
  }
}

export function keepStamp(name, digest) {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), digest)
}

/** Runs `args` with `node` in our place: same standard streams, signals passed on, its exit code becomes ours. */
export function becomes(node, args, env = process.env) {
  return waitFor(spawn(node, args, { cwd: root, stdio: 'inherit', env }))
}

/** Where Node keeps what it compiled, for all our processes: a start reads half as much again without it. */
export const codeCache = join(root, '.countersign', 'code-cache')

const orphanCheckMs = 500

/** The same for a long-running process of ours, which also ends when we are killed. */
export function becomesLeashed(node, args, env = process.env) {
  const leash = pathToFileURL(join(root, 'lib', 'worker', 'leash.ts')).href
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc']
  const withCache = { NODE_COMPILE_CACHE: codeCache, ...env }
  const child = spawn(node, ['--import', leash, ...args], { cwd: root, stdio, env: withCache })
  // Somebody who sends it to us alone means all of it. Ours do not mind being told twice, as after a Ctrl-C.
  process.on('SIGINT', () => child.kill('SIGINT'))
  // Whoever started us by npm may be killed, or a shell in between, without a word to us.
  const parent = process.ppid
  const orphaned = () => process.ppid !== parent && child.kill('SIGTERM')
  const watch = process.env.npm_lifecycle_event ? setInterval(orphaned, orphanCheckMs) : undefined
  return waitFor(child).finally(() => clearInterval(watch))
}

function waitFor(child) {
  return new Promise((done) => {
    // A Ctrl-C in a terminal reaches the child as well; we only have to outlive it.
    const ignore = () => {}
    const pass = () => child.kill('SIGTERM')
    process.on('SIGINT', ignore).on('SIGTERM', pass)
    child.once('exit', (code, signal) => done(signal ? 1 : (code ?? 1)))
  })
}
