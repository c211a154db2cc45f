import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { readScope } from '#lib/access/policy.ts'
import { getConfig } from '#lib/platform/context.ts'
import { ok } from '#lib/platform/result.ts'
import { rulesInForce } from '#lib/policies/data.ts'
import { requestRelease } from '#lib/releases/commands.ts'
import { listReleases } from '#lib/releases/data.ts'
import { policyFor } from '#lib/releases/policy.ts'
import { endStates, openStates } from '#lib/releases/release.ts'
import { explainRequest } from '#lib/releases/request.ts'
import { requestSchema } from '#lib/releases/schema.ts'

const query = z.object({
  state: z.enum([...openStates, ...endStates]).optional(),
  application: z
    .string()
    .regex(/^app_[0-9a-z]+$/)
    .optional(),
  service: z.string().min(1).max(253).optional(),
  before: z
    .string()
    .regex(/^rel_[0-9a-z]+$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** Releases that the caller may see, newest first; the next page is `?before=<next>`. */
export const GET = door({ query }, async ({ db, query, viewer }) => {
  const { state, application, service, before, limit } = query
  const filter = { states: state && [state], application, service }
  return ok(await listReleases(db, readScope(viewer), filter, { before, limit }))
})

/** Asks for a release of exactly the plan that was read. */
export const POST = door(
  {
    body: requestSchema,
    status: 201,
    refusals: { 'no-such-application': 404, 'may-not-request': 403, 'ticket-required': 422 },
    explain: explainRequest,
  },
  async ({ db, body, viewer, now }) => {
    const rules = await rulesInForce(db, getConfig().policies)
    return requestRelease(db, body, viewer, now, (where) => policyFor(rules, where))
  },
)
