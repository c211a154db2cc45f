// npm test [-- PART…]: sets up, runs the parts in order, and ends with one line "N passed, N failed" over all of them.
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ensureBrowser } from './browser.mjs'
import { setUp } from './setup.mjs'
import { becomes, command, root, run, Stop, say } from './steps.mjs'

const reports = join(root, '.countersign', 'test')

const readReport = (part) => {
  try {
    return JSON.parse(readFileSync(join(reports, `${part}.json`), 'utf8'))
  } catch {
    return undefined
  }
}

/** One program that either passes or fails, such as the linter. */
async function single(node, args) {
  const code = await becomes(node, args, environment())
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

const environment = (extra = {}) => ({
  ...process.env,
  NODE_ENV: 'test',
  NEXT_TELEMETRY_DISABLED: '1',
  ...extra,
})

async function lint(node) {
  const biome = await single(node, [
    'node_modules/@biomejs/biome/bin/biome',
    'check',
    '--error-on-warnings',
    '.',
  ])
  // Types of routes and of next-env.d.ts are generated, not kept.
  await becomes(node, ['node_modules/next/dist/bin/next', 'typegen'], environment())
  const types = await single(node, ['node_modules/typescript/bin/tsc', '--noEmit'])
  return { passed: biome.passed + types.passed, failed: biome.failed + types.failed }
}

/** Several at once, so that one computes while another waits for Postgres or for a real Keycloak. */
async function vitest(node, wanted) {
  const report = `--outputFile.json=${join(reports, 'vitest.json')}`
  const projects = wanted.flatMap((name) => ['--project', name])
  const args = ['run', ...projects, '--reporter=default', '--reporter=json', report]
  const code = await becomes(node, ['node_modules/vitest/vitest.mjs', ...args], environment())
  const found = readReport('vitest')
  return {
    passed: found?.numPassedTests ?? 0,
    failed: found?.numFailedTests ?? 0,
    skipped: found?.numPendingTests ?? 0,
    code,
  }
}

const isFree = (port) =>
  new Promise((done) => {
    const probe = createServer().once('error', () => done(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)))
  })

/** A port that is free, and so are those after it that the tests in browsers take. */
async function freePorts() {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    if ((await isFree(port)) && (await isFree(port + 10))) return port
  }
  throw new Stop('No free port was found.')
}

async function e2e(node) {
  await ensureBrowser(node, (line) => say(`e2e: ${line}`))
  const args = ['node_modules/@playwright/test/cli.js', 'test', '--reporter=list,json']
  const extra = {
    NODE_ENV: 'production',
    PLAYWRIGHT_JSON_OUTPUT_FILE: join(reports, 'e2e.json'),
    COUNTERSIGN_E2E_PORT: String(await freePorts()),
  }
  const code = await becomes(node, args, environment(extra))
  const { expected = 0, unexpected = 0, flaky = 0, skipped = 0 } = readReport('e2e')?.stats ?? {}
  // A test that passes only at the second try is a failed one.
  return { passed: expected, failed: unexpected + flaky, skipped, code }
}

/** Programs that pass or fail as a whole, side by side: most of the time each waits. What they print comes at the end of each. */
async function proof(node) {
  const programs = [
    ['crashes, first half', 'bench/chaos/crashes.ts', '--times', '3', '--part', '1/2'],
    ['crashes, second half', 'bench/chaos/crashes.ts', '--times', '3', '--part', '2/2'],
    ['chaos', 'bench/chaos/run.ts', '--minutes', '2'],
  ]
  const results = await Promise.all(
    programs.map(async ([name, ...args]) => {
      const options = {
        env: environment({ NODE_ENV: 'production' }),
        // With a channel they end when we do, however we end.
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      }
      const leashed = ['--import', './lib/worker/leash.ts', '--conditions=react-server', ...args]
      const { code, output } = await run(node, leashed, options)
      say(`${name}: ${code === 0 ? 'passed' : 'failed'}\n${output}`)
      return code
    }),
  )
  const passed = results.filter((code) => code === 0).length
  return { passed, failed: results.length - passed }
}

const parts = ['lint', 'unit', 'data', 'real', 'proof', 'e2e']
/** Takes three minutes of real kills; by name only until it has run often enough to be trusted with every change. */
const byName = ['proof']

/** What runs one after the other: each with its name, and how it is run. */
const stepsFor = (wanted) => {
  const tests = ['unit', 'data', 'real'].filter((name) => wanted.includes(name))
  return [
    ...(wanted.includes('lint') ? [{ name: 'lint', run: lint }] : []),
    ...(tests.length > 0 ? [{ name: tests.join(', '), run: (node) => vitest(node, tests) }] : []),
    ...(wanted.includes('proof') ? [{ name: 'proof', run: proof }] : []),
    ...(wanted.includes('e2e') ? [{ name: 'e2e', run: e2e }] : []),
  ]
}

/** A part that crashed, or that ran nothing at all, is a failure even if no test says so. */
function judged(name, { passed, failed, skipped = 0, code = 0 }) {
  const ran = passed + failed + skipped
  const broken = (code !== 0 && failed === 0) || ran === 0
  if (broken) say(`${name}: ${ran === 0 ? 'ran no test' : `ended with exit code ${code}`}`)
  return { name, passed, failed: failed + (broken ? 1 : 0), skipped }
}

await command(async () => {
  const wanted = process.argv.slice(2)
  const unknown = wanted.find((name) => !parts.includes(name))
  if (unknown) throw new Stop(`There is no part "${unknown}". Parts: ${parts.join(', ')}.`)
  const names = parts.filter((name) => (wanted.length === 0 ? !byName.includes(name) : wanted.includes(name)))
  const node = await setUp({
    parts: names.includes('e2e') || names.includes('real') ? ['client', 'pages'] : ['client'],
  })
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports, { recursive: true })
  const results = []
  for (const { name, run: step } of stepsFor(names)) {
    say(`\n${name}`)
    const startedAtMs = performance.now()
    const result = await step(node).catch((error) => {
      say(error instanceof Stop ? error.message : error.stack)
      return { passed: 0, failed: 1 }
    })
    results.push({ ...judged(name, result), seconds: Math.round((performance.now() - startedAtMs) / 1000) })
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0)
  say('')
  for (const { name, passed, failed, skipped, seconds } of results)
    say(
      `${name}: ${passed} of ${passed + failed} passed${skipped ? `, ${skipped} left out` : ''}, ${seconds} s`,
    )
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`)
  return sum('failed') > 0 ? 1 : 0
})
