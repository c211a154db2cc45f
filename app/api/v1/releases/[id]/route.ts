import { door } from '#lib/access/door.ts'
import { can } from '#lib/access/policy.ts'
import { ok, refuse } from '#lib/platform/result.ts'
import { getReleaseRow } from '#lib/releases/data.ts'
import { noSuchRelease, releaseParamsSchema } from '#lib/releases/schema.ts'

/** One release: state, requester, decisions, the digest of its plan. */
export const GET = door(
  {
    pipelines: true,
    params: releaseParamsSchema,
    refusals: { 'no-such-release': 404 },
    explain: () => noSuchRelease,
  },
  async ({ db, params, viewer }) => {
    const release = await getReleaseRow(db, params.id)
    if (!release || !can(viewer, 'read', { project: release.application.project }))
      return refuse({ code: 'no-such-release' as const })
    return ok(release)
  },
)
