import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { decideRelease, requestRelease, revokeRelease, withdrawRelease } from '#lib/releases/commands.ts'
import { policyFor } from '#lib/releases/policy.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, urls } from '#lib/releases/testing-attacks.ts'
import { claimNext } from './commands.ts'
import { createFakeArgo } from './testing.ts'
import { seedTarget, type Target, work } from './testing-scene.ts'

/** Two at once for one thing, on a real Postgres (audit-security 6.1, T6): never may both win. 10,000 rounds by name. */

const named = Number(process.env.COUNTERSIGN_ROUNDS ?? 0)
/** 500 in all: those of a worker cost a whole sync each. */
const [ofPeople, ofWorkers] = named > 0 ? [named, named] : [113, 24]
const limitMs = 120_000 + named * 400
const webs = [createDb(urls.web), createDb(urls.web)] as const
const workers = [createDb(urls.worker), createDb(urls.worker)] as const
const [first, second] = webs
afterAll(() => Promise.all([...webs, ...workers].map((db) => db.$disconnect())))

const person = async (name: string, role: 'developer' | 'approver'): Promise<Viewer> => {
  const { account, person } = await seed.seedPerson(admin, name)
  const ids = { accountId: account, personId: person, name, initials: name.slice(0, 1), groups: [] }
  return { ...ids, grants: [{ role }], service: false, enabled: true }
}
const people = {} as Record<'jonas' | 'mei' | 'anna' | 'marta' | 'third', Viewer>
const rule = (approvals: number) => (where: { environment: string; service: string; project: string }) => {
  return { ...policyFor([], where), approvals }
}
beforeAll(async () => {
  for (const name of ['jonas', 'mei'] as const) people[name] = await person(name, 'developer')
  for (const name of ['anna', 'marta', 'third'] as const) people[name] = await person(name, 'approver')
})

let count = 0
async function fresh(client: pg.Client) {
  const application = await seed.seedApplication(client, `race${count++}`)
  return { application, plan: await seed.seedPlan(client, application) }
}
type Fresh = Awaited<ReturnType<typeof fresh>>
const ask = (db: typeof first, { application, plan }: Fresh, by: Viewer, approvals: number) =>
  requestRelease(db, { application, plan, reason: 'the race wants it' }, by, clock.now(), rule(approvals))
const decide = (
  db: typeof first,
  id: string,
  { plan }: Fresh,
  by: Viewer,
  kind: 'approve' | 'reject' = 'approve',
) =>
  decideRelease(
    db,
    id,
    { kind, plan, ...(kind === 'reject' ? { comment: 'no, not this one' } : {}) },
    by,
    clock.now(),
  )

/** Both at once, now one and now the other a little ahead, so that they meet at different places. */
async function meet<A, B>(one: () => Promise<A>, other: () => Promise<B>): Promise<[A, B]> {
  const headStartMs = (Math.random() - 0.5) * 12
  const after = async <T>(ms: number, act: () => Promise<T>) => {
    if (ms > 0) await pause(ms)
    return act()
  }
  return Promise.all([after(headStartMs, one), after(-headStartMs, other)])
}
/** As many rounds of it, several at once, each lane with an administrator's connection of its own. */
async function repeat(
  rounds: number,
  round: (client: pg.Client) => Promise<string>,
  lanes = 4,
): Promise<string[]> {
  const told: string[] = []
  const lane = async () => {
    const client = await seed.connect(urls.admin)
    try {
      while (left-- > 0) told.push(await round(client))
    } finally {
      await client.end()
    }
  }
  let left = rounds
  await Promise.all(Array.from({ length: lanes }, lane))
  expect(told).toHaveLength(rounds)
  return [...new Set(told)].sort()
}
const released = async (client: pg.Client, id: string) => {
  const { state, requiredApprovals } = await first.release.findUniqueOrThrow({ where: { id } })
  const kinds = (await first.decision.findMany({ where: { releaseId: id } })).map(({ kind }) => kind)
  const events = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM audit.event WHERE release_id = $1 AND type = 'release.approved'`,
    [id],
  )
  return { state, requiredApprovals, kinds, approvedEvents: events.rows[0]?.n }
}
const must = <T>(result: { ok: true; value: T } | { ok: false; refusal: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.refusal))
  return result.value
}

/** Asked for, approved by two and anchored: what dispatch takes. */
async function signed(client: pg.Client, target: Target): Promise<string> {
  const { application, plan } = target
  const by = { account: people.jonas.accountId, person: people.jonas.personId }
  const id = await seed.insertRelease(client, { application, plan, by })
  for (const each of [people.anna, people.marta]) must(await decide(first, id, target, each))
  await seed.anchorAll(client)
  return id
}

/** By its requester or by an approver; what it became, or null when it was too late. */
async function takeBack(id: string): Promise<'withdrawn' | 'revoked' | null> {
  if (Math.random() < 0.5)
    return (await withdrawRelease(second, id, people.jonas, clock.now())).ok ? 'withdrawn' : null
  return (await revokeRelease(second, id, 'Not tonight', people.anna, clock.now())).ok ? 'revoked' : null
}

test('withdraw or revoke, and dispatch', { timeout: limitMs }, async () => {
  const argo = createFakeArgo()
  const told = await repeat(
    ofWorkers,
    async (client) => {
      const target = await seedTarget(client, argo)
      const id = await signed(client, target)
      const at = Promise.withResolvers<void>()
      const point = (['claimed', 'checked', 'intent'] as const)[Math.floor(Math.random() * 3)]
      const reached = (now: string) => (now === point ? at.resolve() : undefined)
      const [sent, withdrawn] = await Promise.all([
        work(workers[0], argo, { reached }),
        at.promise.then(async () => {
          await pause(Math.random() * 10)
          return takeBack(id)
        }),
      ])
      expect(sent).toBe(id)
      const syncs = argo.accepted.filter((each) => each.release === id).length
      const { state } = await released(client, id)
      expect([syncs, state]).toEqual(withdrawn ? [0, withdrawn] : [1, 'succeeded'])
      return state
    },
    1,
  )
  expect(told).toEqual(expect.arrayContaining(['succeeded', expect.stringMatching(/withdrawn|revoked/)]))
})

test('approve and reject', { timeout: limitMs }, async () => {
  await repeat(ofPeople, async (client) => {
    const target = await fresh(client)
    const { id } = must(await ask(first, target, people.jonas, 2))
    must(await decide(first, id, target, people.anna))
    const [yes, no] = await meet(
      () => decide(first, id, target, people.marta),
      () => decide(second, id, target, people.third, 'reject'),
    )
    const { state, kinds } = await released(client, id)
    expect(yes.ok).not.toBe(no.ok)
    expect([state, kinds.includes('reject')]).toEqual(yes.ok ? ['approved', false] : ['rejected', true])
    return state
  })
})

test('an approval and two webs with different policies: the frozen one counts', {
  timeout: limitMs,
}, async () => {
  await repeat(ofPeople, async (client) => {
    const target = await fresh(client)
    const [strict, lax] = await meet(
      () => ask(first, target, people.jonas, 2),
      () => ask(second, target, people.mei, 1),
    )
    expect(strict.ok).not.toBe(lax.ok)
    const { id } = must(strict.ok ? strict : lax)
    must(await decide(strict.ok ? second : first, id, target, people.anna))
    const { state, requiredApprovals } = await released(client, id)
    expect([requiredApprovals, state]).toEqual(strict.ok ? [2, 'requested'] : [1, 'approved'])
    return state
  })
})

test('two at the last place of the quorum', { timeout: limitMs }, async () => {
  await repeat(ofPeople, async (client) => {
    const target = await fresh(client)
    const { id } = must(await ask(first, target, people.jonas, 2))
    must(await decide(first, id, target, people.anna))
    const both = await meet(
      () => decide(first, id, target, people.marta),
      () => decide(second, id, target, people.third),
    )
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
    const { state, kinds, approvedEvents } = await released(client, id)
    expect([state, kinds, approvedEvents]).toEqual(['approved', ['approve', 'approve'], 1])
    return state
  })
})

/** Who waits too long for the lock of claims, on a machine that does much else, has claimed nothing. */
const claim = (db: typeof first, worker: string) =>
  claimNext(db, worker).catch((error: unknown) => {
    if (String(error).includes('55P03')) return null
    throw error
  })

test('two workers and one release', { timeout: limitMs }, async () => {
  // What other races left approved is nobody's here.
  await admin.query(
    `UPDATE rel.release SET lease_until = now() + interval '9 days' WHERE finished_at IS NULL`,
  )
  const argo = createFakeArgo()
  await repeat(
    ofWorkers,
    async (client) => {
      const target = await seedTarget(client, argo)
      const id = await signed(client, target)
      const claims = await meet(
        () => claim(workers[0], 'w1'),
        () => claim(workers[1], 'w2'),
      )
      expect(claims.filter((each) => each !== null)).toEqual([{ id, epoch: 1 }])
      await client.query('UPDATE rel.release SET lease_until = now() WHERE id = $1', [id])
      const works = await meet(
        () => work(workers[0], argo, { worker: 'w1' }),
        () => work(workers[1], argo, { worker: 'w2' }),
      )
      expect(works).toContain(id)
      expect(argo.accepted.filter((each) => each.release === id)).toHaveLength(1)
      return (await released(client, id)).state
    },
    1,
  )
})

test('two requests for one application', { timeout: limitMs }, async () => {
  await repeat(ofPeople, async (client) => {
    const target = await fresh(client)
    const both = await meet(
      () => ask(first, target, people.jonas, 2),
      () => ask(second, target, people.mei, 2),
    )
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await first.release.count({ where: { applicationId: target.application } })).toBe(1)
    return 'requested'
  })
})
