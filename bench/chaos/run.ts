import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { runCommand } from '#lib/platform/startup-problem.ts'
import { eventually } from '../stack.ts'
import { type Ground, type Kept, prepareGround } from './ground.ts'
import { delayMsMax } from './timing.ts'
import { acceptedBy, judge, say } from './verdict.ts'

const between = (from: number, to: number) => from + Math.random() * (to - from)

/** One blow to one process: mostly the end of it, sometimes a standstill as long as 20 or 100 s in earnest. */
async function strike(workers: readonly Kept[], others: readonly Kept[]): Promise<string> {
  const victim = Math.random() < 0.7 ? workers : others
  const kept = victim[Math.floor(Math.random() * victim.length)]
  const child = kept?.child()
  if (!child) return 'nothing'
  if (Math.random() < 0.3) {
    child.kill('SIGSTOP')
    void pause(Math.random() < 0.5 ? 2_000 : 10_000).then(() => child.kill('SIGCONT'))
    return 'stopped'
  }
  child.kill('SIGKILL')
  return 'killed'
}

/** Something new to release for whatever has none on its way. */
async function commit({ ask, sandbox }: Ground, round: number): Promise<void> {
  const idle = await ask<{ name: string }>(
    `SELECT a.service AS name FROM catalog.application a WHERE a.name LIKE 'svc-%' AND a.protected AND a.plan_digest IS NULL
     AND NOT EXISTS (SELECT FROM rel.release r WHERE r.application_id = a.id AND r.finished_at IS NULL)`,
  )
  for (const { name } of idle) {
    sandbox.world.commit({ service: name, envs: ['prod'], version: `3.${round}.0` })
    sandbox.world.refresh(`${name}-prod`)
  }
}

/** `npm run chaos [-- --minutes 30]`: ten times as fast as in earnest, so that two minutes hold twenty. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '2' },
      services: { type: 'string', default: '24' },
      workers: { type: 'string', default: '3' },
    },
  })
  const ground = await prepareGround('chaos', Number(values.services))
  const told: Record<string, number> = {}
  const count = (what: string) => {
    told[what] = (told[what] ?? 0) + 1
  }
  const workers = Array.from({ length: Number(values.workers) }, (_, i) =>
    ground.keep(`worker${i}`, 'bench/chaos/worker.ts', [ground.urls.worker]),
  )
  const webs = [1, 2].map((i) =>
    ground.keep(`web${i}`, 'bench/chaos/people.ts', [ground.urls.web, JSON.stringify(ground.people)]),
  )
  const signer = ground.keep('signer', 'lib/worker/signer.ts', [])
  try {
    // However long a busy machine takes till there is something to lose: chaos among nothing would prove nothing.
    await eventually('a first sync', async () => (acceptedBy(ground).length > 0 ? true : null), 600_000)
    Object.assign(ground.way.weather, { repliesLost: 0.1, delayed: 0.2, delayMsMax })
    const endMs = performance.now() + Number(values.minutes) * 60_000
    let [hitMs, round] = [performance.now() + 30_000, 0]
    while (performance.now() < endMs) {
      await pause(between(1_000, 5_000))
      count(await strike(workers, [...webs, signer]))
      // Two seconds of ten.
      ground.way.weather.down = Math.random() < 0.2
      await commit(ground, round++).catch(() => {})
      if (performance.now() > hitMs) {
        hitMs += 30_000
        await ground.hitPostgres()
        count('postgres')
      }
    }
    Object.assign(ground.way.weather, { down: false, repliesLost: 0, delayed: 0 })
    for (const web of webs) await web.stop()
    for (const kept of [...workers, signer]) kept.child().kill('SIGCONT')
    await pause(delayMsMax + 3_000)
    process.stdout.write(`blows: ${JSON.stringify(told)}\n`)
    return say(await judge(ground, 180_000))
  } finally {
    for (const kept of [...workers, ...webs, signer]) await kept.stop()
    await ground.close()
  }
}

if (import.meta.main) await runCommand(main)
