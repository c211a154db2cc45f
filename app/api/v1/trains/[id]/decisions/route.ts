import { door } from '#lib/access/door.ts'
import { decideTrain } from '#lib/trains/commands.ts'
import { trainDecisionSchema, trainParamsSchema } from '#lib/trains/schema.ts'
import { explainTrain, type TrainRefusal } from '#lib/trains/train.ts'

/** Approves or rejects every release of a train that waits, on exactly what was read. */
export const POST = door(
  {
    body: trainDecisionSchema,
    params: trainParamsSchema,
    refusals: { 'no-such-train': 404 },
    explain: (refusal: TrainRefusal) => explainTrain(refusal),
  },
  ({ db, params, body, viewer, now }) => decideTrain(db, params.id, body, viewer, now),
)
