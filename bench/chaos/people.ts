import { setTimeout as pause } from 'node:timers/promises'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import { getConfig } from '#lib/platform/config.ts'
import { createDb } from '#lib/platform/db.ts'
import { runCommand } from '#lib/platform/startup-problem.ts'
import { decideRelease, requestRelease, withdrawRelease } from '#lib/releases/commands.ts'
import { policyFor } from '#lib/releases/policy.ts'

/** What a web does all day, with its role: asks for whatever has a plan, approves, now and then rejects or withdraws. */
await runCommand(async () => {
  const [url = '', given = '[]'] = process.argv.slice(2)
  const [developer, ...approvers] = JSON.parse(given) as [Viewer, ...Viewer[]]
  const config = getConfig()
  const db = createDb(url, 4)
  const policy = (where: Parameters<typeof policyFor>[1]) => policyFor(config.policies, where)
  const turn = async () => {
    const ready = await db.application.findMany({
      where: { protected: true, planDigest: { not: null }, name: { startsWith: 'svc-' } },
      select: { id: true, planDigest: true },
    })
    for (const { id, planDigest } of ready) {
      const input = { application: id, plan: planDigest ?? '', reason: 'chaos wants it' }
      await requestRelease(db, input, developer, clock.now(), policy)
    }
    const asked = await db.release.findMany({ where: { state: { in: ['requested', 'approved'] } } })
    for (const { id, planDigest, state } of asked) {
      if (Math.random() < 0.02) await withdrawRelease(db, id, developer, clock.now())
      if (state !== 'requested') continue
      for (const by of approvers) {
        const kind = Math.random() < 0.02 ? ('reject' as const) : ('approve' as const)
        const why = kind === 'reject' ? { comment: 'chaos says no' } : {}
        await decideRelease(db, id, { kind, plan: planDigest, ...why }, by, clock.now())
      }
    }
  }
  for (;;) {
    // A database that restarts, and another web that was quicker, are expected here.
    await turn().catch(() => {})
    await pause(300)
  }
})
