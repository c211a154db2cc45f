import { parseArgs } from 'node:util'
import { runCommand, StartupProblem } from '#lib/platform/startup-problem.ts'
import { dispatch, dispatchServices } from './dispatch.ts'
import { firstLoad } from './first-load.ts'
import type { Measure, Outcome } from './measure.ts'
import { type Stack, startStack } from './stack.ts'
import { start } from './start.ts'

/** `stack` starts the installation that several benches share, the first time it is asked for. */
type Bench = (stack: () => Promise<Stack>, say: (line: string) => void) => Promise<Outcome>

const onStack =
  (bench: (stack: Stack, say: (line: string) => void) => Promise<Outcome>): Bench =>
  async (stack, say) =>
    bench(await stack(), say)

/** In this order: the last one on the shared installation ends its processes. */
const benches = {
  P9: onStack(firstLoad),
  P11: onStack(dispatch),
  P12: onStack(start),
} satisfies Record<string, Bench>

const say = (line: string) => void process.stderr.write(`${line}\n`)

function chosen(names: readonly string[]): [string, Bench][] {
  const wanted = names.map((name) => name.toUpperCase())
  const unknown = wanted.find((name) => !(name in benches))
  if (unknown)
    throw new StartupProblem(`There is no bench ${unknown}. There are ${Object.keys(benches).join(', ')}.`)
  return Object.entries(benches).filter(([name]) => wanted.length === 0 || wanted.includes(name))
}

const sentence = ({ id, what, value, goal, better, unit, pass, noise, load }: Measure) =>
  `${pass ? 'met   ' : 'MISSED'} ${id}: ${what}: ${value} ${unit}, goal at ${better === 'lower' ? 'most' : 'least'} ${goal} ${unit} (±${(noise * 100).toFixed(1)} %, load ${load})`

/** `npm run bench -- [NAME…] [--json]`: exit code 1 when a goal is missed. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' } },
  })
  const wanted = chosen(positionals)
  let started: Promise<Stack> | undefined
  const stack = () => {
    if (!started) say('Starting an installation on a sandbox')
    started ??= startStack(dispatchServices)
    return started
  }
  let missed = 0
  try {
    for (const [, bench] of wanted) {
      const { measures, notes } = await bench(stack, say)
      for (const note of notes) say(`  ${note}`)
      for (const measure of measures)
        process.stdout.write(`${values.json ? JSON.stringify(measure) : sentence(measure)}\n`)
      missed += measures.filter(({ pass }) => !pass).length
    }
  } finally {
    await (await started)?.close()
  }
  return missed === 0 ? 0 : 1
}

if (import.meta.main) await runCommand(main)
