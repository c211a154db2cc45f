import { can, type Viewer } from '#lib/access/policy.ts'
import { assertNever, ok, type Result, refuse } from '#lib/platform/result.ts'

/** How many people it takes to change the policies; Postgres asks for the same. */
export const peopleNeeded = 2

export type PolicyVote = {
  person: string
  name: string
  kind: 'approve' | 'reject'
  reason: string | null
  at: string
}

/** `void`: other policies came into force, or the configuration says something else by now. */
export type ProposalState = 'open' | 'in-force' | 'rejected' | 'void'
export type Proposal = {
  id: string
  state: ProposalState
  votes: readonly Pick<PolicyVote, 'person' | 'kind'>[]
}

export type PolicyRefusal =
  | { code: 'no-such-proposal' }
  | { code: 'disabled' }
  | { code: 'service-account' }
  | { code: 'not-allowed-to-decide' }
  | { code: 'already-decided' }
  | { code: 'not-open'; state: ProposalState }

const states: Record<ProposalState, string> = {
  open: 'is open',
  'in-force': 'is in force already',
  rejected: 'was rejected',
  void: 'is void: the configuration or the policies in force have changed since',
}

export function explainPolicy(refusal: PolicyRefusal): string {
  switch (refusal.code) {
    case 'no-such-proposal':
      return 'There is no such change of policies.'
    case 'disabled':
      return 'This account is disabled.'
    case 'service-account':
      return 'Service accounts do not decide on policies.'
    case 'not-allowed-to-decide':
      return 'Only release managers and platform admins decide on policies.'
    case 'already-decided':
      return 'You have decided on this change. Another person has to agree.'
    case 'not-open':
      return `This change ${states[refusal.state]}.`
    default:
      return assertNever(refusal)
  }
}

/** May this person decide on a change of policies? The same answer disables the buttons and guards the command. */
export function mayDecidePolicy(proposal: Proposal, by: Viewer): Result<null, PolicyRefusal> {
  if (!by.enabled) return refuse({ code: 'disabled' })
  if (by.service) return refuse({ code: 'service-account' })
  if (!can(by, 'decide:policy')) return refuse({ code: 'not-allowed-to-decide' })
  if (proposal.state !== 'open') return refuse({ code: 'not-open', state: proposal.state })
  if (proposal.votes.some(({ person }) => person === by.personId)) return refuse({ code: 'already-decided' })
  return ok(null)
}
