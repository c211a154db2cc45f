import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clock } from '#lib/platform/clock.ts'
import type { EnvSource } from '#lib/platform/env.ts'
import { paths } from '#lib/platform/paths.ts'
import { freePort } from '#lib/platform/postmaster.ts'
import { keepRunning } from '#lib/worker/supervision.ts'
import { emptyApp, emptyWords, nextBin } from './empty-app.ts'
import { exact, measure, median, type Outcome } from './measure.ts'
import { compare } from './pairs.ts'
import { root } from './places.ts'
import type { Stack } from './stack.ts'

const goal = 2.4
const withinMs = 60_000

export type Start = {
  args: readonly string[]
  env: EnvSource
  url: string
  cookie: string
  words: readonly string[]
}

/** From the spawn to the first answer that holds all the words, in milliseconds. Ends the process again. */
export async function firstPage({ args, env, url, cookie, words }: Start): Promise<number> {
  const startedMs = clock.monotonicMs()
  const child = keepRunning({ name: 'bench', args, env }, () => {})
  try {
    for (;;) {
      const answer = await fetch(url, { headers: { cookie }, signal: AbortSignal.timeout(withinMs) }).catch(
        () => null,
      )
      const text = answer?.ok ? await answer.text() : ''
      const tookMs = clock.monotonicMs() - startedMs
      if (words.every((word) => text.includes(word))) return tookMs
      if (tookMs > withinMs || child.crashes() > 0)
        throw new Error(`no first page at ${url}:\n${child.lastLines().join('\n')}`)
      await sleep(5)
    }
  } finally {
    await child.stop()
  }
}

/** `npm start` of an installation until its matrix is there. */
export const ourStart = (
  env: EnvSource,
  address: string,
  cookie: string,
  words: readonly string[],
): Start => ({
  args: [join(root, 'lib/worker/supervisor.ts')],
  // As scripts/run.mjs starts it.
  env: { NODE_COMPILE_CACHE: join(root, '.countersign', 'code-cache'), ...env },
  url: `${address}${paths.services()}`,
  cookie,
  words,
})

/** P12: `npm start` with its database, until the matrix is there for somebody signed in, against bare `next start`. */
export async function start(stack: Stack, say: (line: string) => void): Promise<Outcome> {
  const app = await emptyApp(say)
  const port = await freePort()
  const { cookie, name } = stack.people.developer
  const rows = (await stack.db.application.findMany({ select: { service: true }, take: 400 })).map(
    (row) => row.service,
  )
  const shown = await stack.page(paths.services())
  const services = [...new Set(rows)].flatMap((row) => (row && shown.includes(row) ? [row] : [])).slice(0, 5)
  if (services.length < 5) throw new Error('The matrix shows too little to know it again.')
  await stack.pause()
  const bare = {
    args: [nextBin, 'start', app.dir, '-H', '127.0.0.1', '-p', String(port)],
    env: stack.env,
    url: `http://127.0.0.1:${port}/`,
    cookie: '',
    words: [emptyWords],
  }
  const ours = ourStart(stack.env, stack.address, cookie, [name, ...services])
  const slow = '--import=data:text/javascript,await(new(Promise)(r=>setTimeout(r,2000)))'
  say('P12: starting both, again and again')
  const { rounds, ratio, control, quiet } = await compare(
    () => firstPage(bare),
    () => firstPage(ours),
    say,
  )
  const bareMs = median(rounds.flatMap((round) => round.floor))
  const oursMs = median(rounds.flatMap((round) => round.candidate))
  const lateMs = await firstPage({ ...ours, env: { ...ours.env, NODE_OPTIONS: slow } })
  const caught = lateMs / bareMs > goal
  return {
    measures: [
      measure(
        { id: 'P12', what: 'start to first correct page by bare next start', goal, unit: 'x' },
        ratio,
        caught && quiet,
      ),
    ],
    notes: [
      `start to the matrix, signed in: ${Math.round(oursMs)} ms; bare next start: ${Math.round(bareMs)} ms (medians of ${rounds.length} rounds of two)`,
      `control, the start against itself: ${control.toFixed(3)}${quiet ? '' : ' (too noisy, so nothing here counts)'}`,
      `control with processes that begin 2 s late: ${exact(lateMs / bareMs).value.toFixed(2)}× (${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
    ],
  }
}
