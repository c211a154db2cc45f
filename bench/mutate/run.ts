import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { ownEnv } from '#lib/platform/env.ts'
import { runCommand, StartupProblem } from '#lib/platform/startup-problem.ts'
import { root } from '../places.ts'
import { run } from '../run-program.ts'

/** What decides: policy, quorum, states, recovery after a crash, digest, and when freezes and windows are on. */
const decides = [
  ...['lib/access/policy.ts', 'lib/releases/policy.ts', 'lib/releases/quorum.ts', 'lib/releases/release.ts'],
  ...['lib/dispatch/dispatch.ts', 'lib/manifests/digest.ts', 'lib/structure/window.ts'],
  ...['lib/freezes/freeze.ts', 'lib/freezes/occurrence.ts', 'lib/freezes/standing.ts'],
]
const version = '10.1.1'
const packages = { '@stryker-mutator/core': version, '@stryker-mutator/vitest-runner': version }
/** Below the checkout, so that it finds our vitest; in no lock file, so that `npm ci` does not bring it. */
const dir = join(root, '.countersign', 'mutate')
const inModules = (path: string) => join(dir, 'node_modules', '@stryker-mutator', path)

async function install(): Promise<void> {
  const wanted = JSON.stringify({ name: 'mutate', private: true, dependencies: packages })
  const stamp = join(dir, 'installed.json')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return
  process.stderr.write('Installing Stryker into .countersign/mutate (about 65 MB)\n')
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'package.json'), wanted)
  const cli = ownEnv().npm_execpath
  if (!cli) throw new StartupProblem('Stryker is installed with npm: start this with npm run mutate.')
  const args = ['--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps']
  await run([cli, 'install', '--prefix', dir, ...args], ownEnv())
  await writeFile(stamp, wanted)
}

/** `npm run mutate [-- FILE…]`: changes each of these files in every small way; tests must notice 85 % of the changes. */
async function main(): Promise<number> {
  await install()
  const files = process.argv.slice(2)
  const options = {
    mutate: files.length > 0 ? files : decides,
    testRunner: 'vitest',
    plugins: [inModules('vitest-runner/dist/src/index.js')],
    vitest: { configFile: 'bench/mutate/vitest.config.ts' },
    // It would rewrite it with an API that TypeScript 7 no longer has; we need no rewriting.
    tsconfigFile: 'none.json',
    coverageAnalysis: 'perTest',
    concurrency: 2,
    timeoutMS: 15_000,
    ignorePatterns: ['e2e', 'docs', '.next', '.countersign'],
    tempDirName: relative(root, join(dir, 'tmp')),
    reporters: ['clear-text', 'json', 'progress-append-only'],
    clearTextReporter: { allowColor: false, logTests: false },
    jsonReporter: { fileName: join(dir, 'mutation.json') },
    thresholds: { high: 95, low: 85, break: 85 },
  }
  const file = join(dir, 'stryker.json')
  await writeFile(file, JSON.stringify(options))
  const child = spawn(process.execPath, [inModules('core/bin/stryker.js'), 'run', file], {
    cwd: root,
    stdio: 'inherit',
  })
  return new Promise((done) => child.once('close', (code) => done(code ?? 1)))
}

if (import.meta.main) await runCommand(main)
