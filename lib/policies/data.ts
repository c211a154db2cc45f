import 'server-only'
import { checksUnderBreakGlass } from '#lib/emergencies/emergency.ts'
import { getPlan, readEvidence, type StoredPlan, withEvidence } from '#lib/plans/data.ts'
import { blockers } from '#lib/plans/plan.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { ReleaseAuthor } from '#lib/releases/author.ts'
import {
  isPolicy,
  type PolicyPlace,
  type PolicyRule,
  type ReleasePolicy,
  requiredBy,
} from '#lib/releases/policy.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { PolicyVote, Proposal } from './proposal.ts'
import type { PastRelease } from './simulation.ts'

/** Who is behind a plan by what is known now, as a request would freeze it; null when Git has not been asked. */
export async function authorsOfPlan(db: Db | Tx, plan: string): Promise<ReleaseAuthor[] | null> {
  const looked = await db.planAuthors.findFirst({ where: { planDigest: plan }, select: { round: true } })
  if (!looked) return null
  return db.$queryRaw<ReleaseAuthor[]>`
    SELECT role, name, address, revision, person_id AS person, known FROM rel.authors_of_plan(${plan})`
}

/** Whether this person wrote a part of a release, under any address they ever had. */
export async function isAuthor(tx: Tx, release: string, person: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ wrote: boolean }[]>`SELECT rel.is_author(${release}, ${person}) AS wrote`
  return row?.wrote ?? false
}

/**
 * Why the policy that a release was requested under holds it back now: what moves is asked again, and what the web wrote
 * at the request is not believed. `wait` may pass by itself. Null: nothing does.
 */
export async function heldBack(
  db: Db | Tx,
  id: string,
  plan: StoredPlan,
  now: Instant,
): Promise<{ kind: 'wait' | 'stop'; why: string } | null> {
  const row = await db.release.findUniqueOrThrow({
    where: { id },
    select: { policy: true, policyDigest: true, requiredApprovals: true, applicationId: true },
  })
  const stored = row.policy as Partial<ReleasePolicy>
  if (!isPolicy(stored) || stored.digest !== row.policyDigest)
    return {
      kind: 'stop',
      why: 'Nothing was sent: the policy kept with it is not the one it was requested under.',
    }
  const unknown = await db.releaseAuthor.count({ where: { releaseId: id, known: false } })
  const found = { unknownAuthors: unknown > 0, diff: plan.document.diff }
  if (requiredBy(stored, found).required > row.requiredApprovals)
    return {
      kind: 'stop',
      why: 'Nothing was sent: it was requested with fewer approvals than its policy asks for.',
    }
  const application = await db.application.findUniqueOrThrow({ where: { id: row.applicationId } })
  const evidence = await readEvidence(db, application, plan.document.environments ?? [], now)
  const [glass] = await db.$queryRaw<{ broken: boolean }[]>`SELECT rel.glass_broken(${id}) AS broken`
  const asked = glass?.broken ? checksUnderBreakGlass : stored.checks
  const gates = withEvidence(plan, evidence, asked, now).document.checks.filter(
    ({ id }) => id === 'plan-age' || id === 'findings' || asked.mustPass.includes(id),
  )
  const [first] = blockers(gates)
  if (!first) return null
  // Another environment may recover and a freeze ends; a plan only grows older, and what it holds stays.
  return first.id === 'order' || first.id === 'freeze'
    ? { kind: 'wait', why: `${first.title}: ${first.detail}` }
    : { kind: 'stop', why: `Nothing was sent: ${first.title}: ${first.detail}.` }
}

/** The rules that two people agreed to; those of the configuration until the worker has adopted any. */
export async function rulesInForce(
  db: Db | Tx,
  configured: readonly PolicyRule[],
): Promise<readonly PolicyRule[]> {
  const [row] = await db.$queryRaw<{ rules: PolicyRule[] }[]>`
    SELECT s.rules FROM rel.policy_activation a JOIN rel.policy_set s ON s.digest = a.set_digest ORDER BY a.n DESC LIMIT 1`
  return row ? row.rules : configured
}

export type ProposalRow = Omit<Proposal, 'votes'> & {
  set: string
  rules: PolicyRule[]
  at: Instant
  votes: PolicyVote[]
}

type StoredProposal = Omit<ProposalRow, 'at' | 'votes'> & { at: Date; votes: PolicyVote[] }

async function readProposals(db: Db | Tx, where: Prisma.Sql, limit: number): Promise<ProposalRow[]> {
  const rows = await db.$queryRaw<StoredProposal[]>`
    SELECT p.id, p.set_digest AS set, s.rules, p.created_at AS at,
      CASE WHEN EXISTS (SELECT FROM rel.policy_activation a WHERE a.proposal_id = p.id) THEN 'in-force'
        WHEN EXISTS (SELECT FROM rel.policy_vote v WHERE v.proposal_id = p.id AND v.kind = 'reject') THEN 'rejected'
        WHEN rel.policy_open(p.id) THEN 'open' ELSE 'void' END AS state,
      coalesce((SELECT jsonb_agg(jsonb_build_object('person', v.person_id, 'name', coalesce(d.name, v.person_id), 'kind', v.kind,
          'reason', v.reason, 'at', v.created_at) ORDER BY v.created_at)
        FROM rel.policy_vote v LEFT JOIN access.person_detail d ON d.person_id = v.person_id WHERE v.proposal_id = p.id), '[]') AS votes
    FROM rel.policy_proposal p JOIN rel.policy_set s ON s.digest = p.set_digest WHERE ${where}
    ORDER BY p.id DESC LIMIT ${limit}`
  return rows.map(({ at, votes, ...row }) => ({
    ...row,
    at: instant(at),
    votes: votes.map((vote) => ({ ...vote, at: instant(vote.at) })),
  }))
}

/** One change of policies with the votes on it. */
export const getProposal = async (db: Db | Tx, id: string): Promise<ProposalRow | undefined> =>
  (await readProposals(db, Prisma.sql`p.id = ${id}`, 1))[0]

/** The change that people can agree to now: there is one at most. */
export const openProposal = async (db: Db | Tx): Promise<ProposalRow | undefined> =>
  (await readProposals(db, Prisma.sql`rel.policy_open(p.id)`, 1))[0]

/** Changes of policies, newest first; go on with `before`. */
export const listProposals = (db: Db, limit: number, before?: string): Promise<ProposalRow[]> =>
  readProposals(db, before ? Prisma.sql`p.id < ${before}` : Prisma.sql`true`, limit)

/** Since when the policies are in force, and as the how-manieth. */
export async function activation(db: Db): Promise<{ n: number; set: string; at: Instant } | null> {
  const [row] = await db.$queryRaw<{ n: bigint; set: string; at: Date }[]>`
    SELECT n, set_digest AS set, created_at AS at FROM rel.policy_activation ORDER BY n DESC LIMIT 1`
  return row ? { n: Number(row.n), set: row.set, at: instant(row.at) } : null
}

/** Releases of the last ninety days as a policy looks at them, newest first, at most `limit`. */
export async function listPast(db: Db, limit: number): Promise<PastRelease[]> {
  const rows = await db.$queryRaw<(Omit<PastRelease, 'where' | 'diff'> & PolicyPlace & { plan: string })[]>`
    SELECT r.id, a.environment, a.service, a.project, r.rollback_to IS NOT NULL AS back, r.required_approvals AS required,
      r.ticket IS NOT NULL AS ticket, r.plan_digest AS plan,
      EXISTS (SELECT FROM rel.release_author w WHERE w.release_id = r.id AND NOT w.known) AS "unknownAuthors",
      coalesce((SELECT jsonb_agg(jsonb_build_object('person', d.person_id, 'groups', d.groups)) FROM rel.decision d
        WHERE d.release_id = r.id AND d.kind = 'approve'), '[]') AS approvals
    FROM rel.release r JOIN catalog.application a ON a.id = r.application_id
    WHERE r.created_at > now() - interval '90 days' AND r.finished_at IS NOT NULL AND a.environment IS NOT NULL
    ORDER BY r.id DESC LIMIT ${limit}`
  const past: PastRelease[] = []
  for (const { environment, service, project, back, plan, ...rest } of rows) {
    const stored = await getPlan(db, plan)
    past.push({
      ...rest,
      where: { environment, service, project, back: back ?? false },
      diff: stored?.document.diff,
    })
  }
  return past
}
