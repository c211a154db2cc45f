import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { CrashPoint } from '#lib/dispatch/execute.ts'
import { clock } from '#lib/platform/clock.ts'
import { loadConfig } from '#lib/platform/config.ts'
import { createDb } from '#lib/platform/db.ts'
import { runCommand } from '#lib/platform/startup-problem.ts'
import { decideRelease, requestRelease } from '#lib/releases/commands.ts'
import { policyFor } from '#lib/releases/policy.ts'
import { eventually } from '../stack.ts'
import { type Ground, prepareGround } from './ground.ts'
import { acceptedBy, judge, lookAt, say } from './verdict.ts'

/**
 * Crash points of audit-security 3.6 with a real process that ends as `kill -9` ends it. CP10, 16 and 17 need no death
 * of ours; lib/dispatch/recovery.db.test.ts has them. `also`: what else happens at that moment.
 */
const allPoints: { name: string; at: CrashPoint | 'idle'; also?: (ground: Ground) => unknown }[] = [
  { name: 'CP2 approved, not claimed', at: 'idle' },
  { name: 'CP3 claimed', at: 'claimed' },
  { name: 'CP4 checked, no intent', at: 'checked' },
  { name: 'CP5 intent, nothing sent', at: 'intent' },
  { name: 'CP6 request on its way', at: 'sending' },
  {
    name: 'CP7 accepted, reply lost',
    at: 'sent',
    also: ({ way }) => Object.assign(way.weather, { repliesLost: 1 }),
  },
  { name: 'CP8 reply read, not stored', at: 'answered' },
  { name: 'CP9 syncing', at: 'syncing' },
  { name: 'CP11 synced, not verified', at: 'verifying' },
  { name: 'CP12 ended', at: 'ended' },
  { name: 'CP14 Postgres goes down with it', at: 'intent', also: (ground) => ground.hitPostgres() },
  {
    name: 'CP15 Argo CD away meanwhile',
    at: 'syncing',
    also: ({ way }) => Object.assign(way.weather, { down: true }),
  },
]

/** What somebody may wait for an end (audit-security 6.1, T3), however busy the machine is. */
const endMaxMs = 180_000

/** `npm run crashes [-- --times 50] [--part 1/2]`: each point that many times; in parts, each on a ground of its own. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { times: { type: 'string', default: '3' }, part: { type: 'string', default: '1/1' } },
  })
  const times = Number(values.times)
  const [part = 1, parts = 1] = values.part.split('/').map(Number)
  const points = allPoints.filter((_, index) => index % parts === part - 1)
  const ground = await prepareGround(`crashes-${part}`, points.length * times)
  const signer = ground.keep('signer', 'lib/worker/signer.ts', [])
  const config = loadConfig('tool', { COUNTERSIGN_CONFIG: join(ground.dir, 'countersign.yaml') })
  const db = createDb(ground.urls.web, 3)
  const [developer, ...approvers] = ground.people
  if (!developer) throw new Error('nobody is there')
  let used = 0
  let slowestMs = 0
  const bad: string[] = []
  /** A release of the next service, asked for, and with the last approval as the last thing. */
  const ask = async () => {
    const name = `${ground.services[used]}-prod`
    used += 1
    const id = await eventually(`a release of ${name}`, async () => {
      const row = await db.application
        .findFirst({ where: { name, planDigest: { not: null } } })
        .catch(() => null)
      if (!row?.planDigest) return null
      const input = { application: row.id, plan: row.planDigest, reason: 'it is to be cut short' }
      const made = await requestRelease(db, input, developer, clock.now(), (where) =>
        policyFor(config.policies, where),
      )
      return made.ok ? made.value.id : null
    })
    return id
  }
  const approve = async (id: string) => {
    const { planDigest: plan } = await db.release.findUniqueOrThrow({ where: { id } })
    for (const by of approvers) await decideRelease(db, id, { kind: 'approve', plan }, by, clock.now())
  }
  try {
    // All plans first: who dies while it plans leaves that application to the next look, minutes later.
    const planner = ground.keep('planner', 'bench/chaos/worker.ts', [ground.urls.worker])
    await eventually(
      'the plans',
      async () => {
        const where = { planDigest: { not: null }, name: { startsWith: 'svc-' }, protected: true }
        return (await db.application.count({ where })) >= points.length * times ? true : null
      },
      600_000,
    )
    await planner.stop()
    for (const { name, at, also } of points)
      for (let time = 0; time < times; time++) {
        const id = await ask()
        const doomed = ground.once('doomed', 'bench/chaos/worker.ts', [ground.urls.worker, at])
        const dead = new Promise((done) => doomed.once('exit', done))
        if (also && name.startsWith('CP7')) also(ground)
        await approve(id)
        if (at === 'idle') doomed.kill('SIGKILL')
        const startedMs = clock.monotonicMs()
        await Promise.race([dead, pause(20_000).then(() => doomed.kill('SIGKILL'))])
        await dead
        if (also && !name.startsWith('CP7')) await also(ground)
        const next = ground.keep('next', 'bench/chaos/worker.ts', [ground.urls.worker])
        if (name.startsWith('CP15')) await pause(2_000)
        Object.assign(ground.way.weather, { down: false, repliesLost: 0 })
        const ended = await eventually(
          `the end of ${name}`,
          async () => {
            const told = (await lookAt(ground).catch(() => [])).find((each) => each.id === id)
            return told && ['succeeded', 'degraded', 'failed', 'review', 'stale'].includes(told.state)
              ? told
              : null
          },
          endMaxMs,
        )
        await next.stop()
        const tookMs = clock.monotonicMs() - startedMs
        slowestMs = Math.max(slowestMs, tookMs)
        const syncs = acceptedBy(ground).filter(({ release }) => release === id).length
        const well = syncs === 1 || (syncs === 0 && ['review', 'failed'].includes(ended.state))
        if (!well) bad.push(`${name}: ${syncs} syncs, ${ended.state}`)
        process.stdout.write(
          `${name} ${time + 1}: ${syncs} sync, ${ended.state}, ${Math.round(tookMs / 100) / 10} s\n`,
        )
      }
    const verdict = await judge(ground, endMaxMs)
    verdict.wrong.push(...bad)
    process.stdout.write(
      `${points.length * times} kills, slowest end after ${Math.round(slowestMs / 1000)} s\n`,
    )
    return say(verdict)
  } finally {
    await db.$disconnect()
    await signer.stop()
    await ground.close()
  }
}

if (import.meta.main) await runCommand(main)
