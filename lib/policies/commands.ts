import 'server-only'
import type { Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { personActor } from '#lib/releases/commands.ts'
import type { PolicyRule } from '#lib/releases/policy.ts'
import { getProposal, openProposal } from './data.ts'
import { plainRules, policyDigests, setDigest } from './policy-set.ts'
import { mayDecidePolicy, type PolicyRefusal, peopleNeeded } from './proposal.ts'

const lock = (tx: Tx) => tx.$executeRaw`SELECT rel.lock_policies()`
/** Every page that shows policies reads them again, and the worker plans by them. */
const tell = (tx: Tx) => notify(tx, { policy: true, instance: '*', log: true })

async function saveSet(tx: Tx, rules: readonly PolicyRule[]): Promise<string> {
  const set = setDigest(rules)
  await tx.$executeRaw`
    INSERT INTO rel.policy_set (digest, rules, policies)
    VALUES (${set}, ${JSON.stringify(plainRules(rules))}::jsonb, ${policyDigests(rules)}) ON CONFLICT DO NOTHING`
  return set
}

/**
 * What the start of a worker does with the configured policies: the first ever are put in force; others become a
 * proposal that two people have to agree to; a proposal that the configuration no longer makes is taken back.
 */
export function proposePolicies(db: Db, rules: readonly PolicyRule[], worker: string): Promise<void> {
  return inTransaction(db, async (tx) => {
    await lock(tx)
    const actor = { kind: 'worker', name: worker } as const
    const set = setDigest(rules)
    const [now] = await tx.$queryRaw<{ set: string }[]>`
      SELECT set_digest AS set FROM rel.policy_activation ORDER BY n DESC LIMIT 1`
    if (!now) {
      await saveSet(tx, rules)
      const data = { set, rules: rules.length }
      const event = await record(tx, { type: 'policy.adopted', actor, subject: {}, data })
      await tx.$executeRaw`INSERT INTO rel.policy_activation (n, set_digest, event_id) VALUES (1, ${set}, ${event})`
      return tell(tx)
    }
    const open = await openProposal(tx)
    if (open?.set === set) return
    if (open) {
      const data = {
        set: open.set,
        proposal: open.id,
        reason: 'the configuration says something else by now',
      }
      const event = await record(tx, { type: 'policy.withdrawn', actor, subject: {}, data })
      await tx.$executeRaw`INSERT INTO rel.policy_withdrawal (proposal_id, event_id) VALUES (${open.id}, ${event})`
      await tell(tx)
    }
    if (now.set === set) return
    await saveSet(tx, rules)
    const id = newId('policy')
    const data = { set, proposal: id, rules: rules.length }
    const event = await record(tx, { type: 'policy.proposed', actor, subject: {}, data })
    await tx.$executeRaw`INSERT INTO rel.policy_proposal (id, set_digest, event_id) VALUES (${id}, ${set}, ${event})`
    return tell(tx)
  })
}

/** One person's word on a change of policies; the second that agrees puts it in force. A refusal is recorded, then returned. */
export function decidePolicy(
  db: Db,
  id: string,
  input: { kind: 'approve' | 'reject'; reason?: string | undefined },
  by: Viewer,
): Promise<Result<{ state: string }, PolicyRefusal>> {
  return inTransaction(db, async (tx) => {
    await lock(tx)
    const proposal = await getProposal(tx, id)
    if (!proposal) return refuse({ code: 'no-such-proposal' })
    const head = { actor: personActor(by), subject: {} }
    const allowed = mayDecidePolicy(proposal, by)
    if (!allowed.ok) {
      const data = { proposal: id, decision: input.kind, refusal: allowed.refusal.code }
      await record(tx, { ...head, type: 'policy.decision-refused', data })
      return allowed
    }
    const { kind, reason } = input
    const { set } = proposal
    const data = { set, proposal: id, decision: kind, reason }
    const event = await record(tx, { ...head, type: 'policy.decided', data })
    await tx.$executeRaw`
      INSERT INTO rel.policy_vote (proposal_id, person_id, account_id, kind, reason, event_id)
      VALUES (${id}, ${by.personId}, ${by.accountId}, ${kind}, ${reason ?? null}, ${event})`
    const agreed = proposal.votes.filter((vote) => vote.kind === 'approve').length + 1
    if (kind === 'approve' && agreed >= peopleNeeded) {
      const data = { set, proposal: id, rules: proposal.rules.length }
      const moved = await record(tx, { ...head, type: 'policy.activated', data })
      await tx.$executeRaw`
        INSERT INTO rel.policy_activation (n, set_digest, proposal_id, event_id)
        SELECT max(n) + 1, ${set}, ${id}, ${moved} FROM rel.policy_activation`
    }
    await tell(tx)
    return ok({ state: kind === 'reject' ? 'rejected' : agreed >= peopleNeeded ? 'in-force' : 'open' })
  })
}
