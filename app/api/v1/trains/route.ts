import { door } from '#lib/access/door.ts'
import { getConfig } from '#lib/platform/context.ts'
import { rulesInForce } from '#lib/policies/data.ts'
import { policyFor } from '#lib/releases/policy.ts'
import { requestTrain } from '#lib/trains/commands.ts'
import { trainSchema } from '#lib/trains/schema.ts'
import { explainTrain, type TrainRefusal } from '#lib/trains/train.ts'

/** Asks for several releases as one train: all of them, or none. */
export const POST = door(
  {
    body: trainSchema,
    permission: 'request:release',
    status: 201,
    explain: (refusal: TrainRefusal) => explainTrain(refusal),
  },
  async ({ db, body, viewer, now }) => {
    const rules = await rulesInForce(db, getConfig().policies)
    return requestTrain(db, body, viewer, now, (where) => policyFor(rules, where))
  },
)
