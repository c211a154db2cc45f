import { door } from '#lib/access/door.ts'
import { breakGlass } from '#lib/emergencies/commands.ts'
import { explainBreakGlass } from '#lib/emergencies/emergency.ts'
import { breakGlassSchema } from '#lib/emergencies/schema.ts'
import { getConfig } from '#lib/platform/context.ts'
import { rulesInForce } from '#lib/policies/data.ts'
import { policyFor } from '#lib/releases/policy.ts'

/** Breaks the glass: a release of exactly the plan that was read, which goes before others approve it. */
export const POST = door(
  {
    body: breakGlassSchema,
    status: 201,
    refusals: { 'no-such-application': 404, 'may-not-break-glass': 403, 'service-account': 403 },
    explain: explainBreakGlass,
  },
  async ({ db, body, viewer, now }) => {
    const config = getConfig()
    const rules = await rulesInForce(db, config.policies)
    return breakGlass(db, body, viewer, now, (where) => policyFor(rules, where), config.breakGlass)
  },
)
