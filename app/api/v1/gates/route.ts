import { door } from '#lib/access/door.ts'
import { readScope } from '#lib/access/policy.ts'
import { gateCandidates } from '#lib/gates/data.ts'
import { explainGate, findGate, type GateRefusal } from '#lib/gates/gate.ts'
import { gateSchema } from '#lib/gates/schema.ts'
import { getConfig } from '#lib/platform/context.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { rulesInForce } from '#lib/policies/data.ts'
import { requestRelease } from '#lib/releases/commands.ts'
import { policyFor } from '#lib/releases/policy.ts'
import { explainRequest, type RequestRefusal } from '#lib/releases/request.ts'

const gateCodes = [
  'pipelines-only',
  'no-such-application',
  'several-applications',
  'no-plan-yet',
  'other-version',
] as const satisfies GateRefusal['code'][]
const isGate = (refusal: GateRefusal | RequestRefusal): refusal is GateRefusal =>
  gateCodes.some((code) => code === refusal.code)

/**
 * A pipeline asks for a release of what it built. The answer binds project, commit, images and environment, so that the
 * job can hold it against its own; it waits by reading `/api/v1/releases/{id}` until `state` has an end.
 */
export const POST = door(
  {
    pipelines: true,
    body: gateSchema,
    status: 201,
    refusals: {
      'pipelines-only': 403,
      'pipeline-may-not': 403,
      'no-such-application': 404,
      'ticket-required': 422,
    },
    explain: (refusal: GateRefusal | RequestRefusal) =>
      isGate(refusal) ? explainGate(refusal) : explainRequest(refusal),
  },
  async ({ db, body, viewer, now }): Promise<Result<unknown, GateRefusal | RequestRefusal>> => {
    if (!viewer.pipeline) return refuse({ code: 'pipelines-only' })
    const { reason, ticket, ...asked } = body
    const found = findGate(asked, await gateCandidates(db, readScope(viewer), asked))
    if (!found.ok) return found
    const { application, plan } = found.value
    const input = { application, plan: plan.digest, reason, ...(ticket && { ticket }) }
    const rules = await rulesInForce(db, getConfig().policies)
    const requested = await requestRelease(db, input, viewer, now, (where) => policyFor(rules, where))
    if (!requested.ok) return requested
    const { job } = viewer.pipeline
    return ok({
      ...{
        id: requested.value.id,
        state: 'requested',
        environment: asked.environment,
        service: asked.service,
      },
      ...{ application, plan: plan.digest, revisions: plan.revisions, images: plan.images },
      ...{ projectId: job.projectId, sha: job.sha, job: job.jobId },
    })
  },
)
