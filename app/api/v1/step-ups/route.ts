import { door } from '#lib/access/door.ts'
import { beginStepUp } from '#lib/access/web-auth.ts'
import { explain } from '#lib/releases/release.ts'
import { noSayStatuses, noSuchRelease } from '#lib/releases/schema.ts'
import { type AskRefusal, askToApprove } from '#lib/step-ups/commands.ts'
import { stepUpSchema } from '#lib/step-ups/schema.ts'
import { stepUpProblemWords } from '#lib/step-ups/step-up.ts'

type StartRefusal = AskRefusal | { code: 'provider-unreachable' }

function words(refusal: StartRefusal): string {
  switch (refusal.code) {
    case 'no-such-release':
      return noSuchRelease
    case 'step-up-not-asked':
      return 'The policy of this release asks for no further sign-in.'
    case 'provider-unreachable':
      return stepUpProblemWords['provider-unreachable']
    default:
      return explain(refusal)
  }
}

/** Begins a step-up sign-in for one act; the answer names the address at the provider to go to. */
export const POST = door(
  {
    body: stepUpSchema,
    status: 201,
    refusals: { ...noSayStatuses, 'provider-unreachable': 503 },
    explain: words,
  },
  ({ db, body, viewer, now, request }) =>
    beginStepUp(request.signal, (challenge) => askToApprove(db, challenge, body, viewer, now)),
)
