import { door } from '#lib/access/door.ts'
import { decidePolicy } from '#lib/policies/commands.ts'
import { explainPolicy, type PolicyRefusal } from '#lib/policies/proposal.ts'
import { policyParamsSchema, policyVoteSchema } from '#lib/policies/schema.ts'

/** Agrees to a change of the policies, or rejects it; the second who agrees puts it in force. */
export const POST = door(
  {
    body: policyVoteSchema,
    params: policyParamsSchema,
    refusals: {
      'no-such-proposal': 404,
      disabled: 403,
      'service-account': 403,
      'not-allowed-to-decide': 403,
    },
    explain: (refusal: PolicyRefusal) => explainPolicy(refusal),
  },
  ({ db, params, body, viewer }) => decidePolicy(db, params.id, body, viewer),
)
