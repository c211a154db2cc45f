import { door } from '#lib/access/door.ts'
import { type ComparisonRefusal, explainComparison, requestComparison } from '#lib/comparison/commands.ts'
import { newComparisonSchema } from '#lib/comparison/schema.ts'

/** Asks for the manifests of two applications beside each other; the page that compares them shows the answer. */
export const POST = door(
  {
    permission: 'read',
    body: newComparisonSchema,
    status: 202,
    refusals: { 'not-found': 404, 'never-deployed': 422, 'too-many': 429 },
    explain: (refusal: ComparisonRefusal) => explainComparison(refusal),
  },
  ({ db, body, viewer }) => requestComparison(db, viewer, body),
)
