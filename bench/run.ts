import { parseArgs } from 'node:util'
import { runCommand, StartupProblem } from '#lib/platform/startup-problem.ts'
import { decisions } from './decisions.ts'
import { dispatch, dispatchServices } from './dispatch.ts'
import { firstLoad } from './first-load.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { growth } from './growth.ts'
import { listBytes } from './list.ts'
import { live, liveServices } from './live.ts'
import { matrixPages } from './matrix.ts'
import type { Measure, Outcome } from './measure.ts'
import { pageOfFifty } from './page.ts'
import { render } from './render.ts'
import { dataRequest } from './request.ts'
import { resync } from './resync.ts'
import { searching } from './search.ts'
import { signals } from './signals.ts'
import { type Stack, startStack } from './stack.ts'
import { start } from './start.ts'
import { eventStorm } from './storm.ts'
import { verdicts } from './verdict.ts'
import { verifying } from './verify.ts'

type Say = (line: string) => void
/** Installations that several benches share, each started when it is first asked for. */
type Shared = { stack: () => Promise<Stack>; fleet: () => Promise<Fleet> }
type Bench = (shared: Shared, say: Say) => Promise<Outcome>

const onStack =
  (bench: (stack: Stack, say: Say) => Promise<Outcome>): Bench =>
  async ({ stack }, say) =>
    bench(await stack(), say)

const onFleet =
  (bench: (fleet: Fleet, say: Say) => Promise<Outcome>): Bench =>
  async ({ fleet }, say) =>
    bench(await fleet(), say)

/** On an installation of its own, which is not kept. */
async function onOwn(
  services: number,
  bench: (stack: Stack, say: Say) => Promise<Outcome>,
  say: Say,
): Promise<Outcome> {
  say(`Starting an installation with ${services} services`)
  const stack = await startStack(services, { behind: false, name: 'own' })
  try {
    return await bench(stack, say)
  } finally {
    await stack.close()
  }
}

/** In this order: P12 ends the processes of the shared stack. */
const benches = {
  P1: (_, say) => matrixPages(say),
  P2: onFleet(pageOfFifty),
  P3: onFleet(listBytes),
  P4: onFleet(dataRequest),
  P7: (_, say) => onOwn(liveServices, live, say),
  P8: onFleet(render),
  P5: (_shared, say) => resync(say),
  P6: (_shared, say) => eventStorm(say),
  P9: onStack(firstLoad),
  P11: onStack(dispatch),
  P13: (_, say) => searching(say),
  SIGNALS: onStack(signals),
  VERDICT: (_, say) => verdicts(say),
  VERIFY: (_, say) => verifying(say),
  B20: (_, say) => decisions(say),
  P12: onStack(start),
  'P12.GROWTH': (_, say) => growth(say),
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

/** Makes it when first asked for; `started` is what there is to close. */
function once<T>(make: () => Promise<T>): { get: () => Promise<T>; started: () => Promise<T> | undefined } {
  let made: Promise<T> | undefined
  const get = () => {
    made ??= make()
    return made
  }
  return { get, started: () => made }
}

/** `npm run bench -- [NAME…] [--json]`: exit code 1 when a goal is missed. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' } },
  })
  const wanted = chosen(positionals)
  const stack = once(() => {
    say('Starting an installation on a sandbox')
    return startStack(dispatchServices)
  })
  const fleet = once(() => startFleet(say))
  let missed = 0
  try {
    for (const [, bench] of wanted) {
      const { measures, notes } = await bench({ stack: stack.get, fleet: fleet.get }, say)
      for (const note of notes) say(`  ${note}`)
      for (const measure of measures)
        process.stdout.write(`${values.json ? JSON.stringify(measure) : sentence(measure)}\n`)
      missed += measures.filter(({ pass }) => !pass).length
    }
  } finally {
    await (await stack.started())?.close()
    await (await fleet.started())?.close()
  }
  return missed === 0 ? 0 : 1
}

if (import.meta.main) await runCommand(main)
