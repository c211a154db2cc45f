import { door } from '#lib/access/door.ts'
import { resumeTrain } from '#lib/trains/commands.ts'
import { trainParamsSchema, trainResumptionSchema } from '#lib/trains/schema.ts'
import { explainTrain, type TrainRefusal } from '#lib/trains/train.ts'

/** Lets a train go on past a release that did not end well. */
export const POST = door(
  {
    body: trainResumptionSchema,
    params: trainParamsSchema,
    refusals: { 'no-such-train': 404, 'may-not-resume': 403 },
    explain: (refusal: TrainRefusal) => explainTrain(refusal),
  },
  ({ db, params, body, viewer }) => resumeTrain(db, params.id, body, viewer),
)
