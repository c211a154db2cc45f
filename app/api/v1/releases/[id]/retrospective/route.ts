import { door } from '#lib/access/door.ts'
import { decideAfterwards } from '#lib/emergencies/commands.ts'
import { explainRetrospective, type RetrospectiveRefusal } from '#lib/emergencies/emergency.ts'
import { retrospectiveSchema } from '#lib/emergencies/schema.ts'
import { noSayStatuses, noSuchRelease, releaseParamsSchema } from '#lib/releases/schema.ts'

type Refusal = RetrospectiveRefusal | { code: 'no-such-release' } | { code: 'digest-moved' }

/** Another person approves a break-glass release afterwards, or objects. */
export const POST = door(
  {
    body: retrospectiveSchema,
    params: releaseParamsSchema,
    status: 201,
    refusals: noSayStatuses,
    explain: (refusal: Refusal) => {
      if (refusal.code === 'no-such-release') return noSuchRelease
      if (refusal.code === 'digest-moved') return 'The plan you read is not the plan of this release.'
      return explainRetrospective(refusal)
    },
  },
  ({ db, params, body, viewer, now }) => decideAfterwards(db, params.id, body, viewer, now),
)
