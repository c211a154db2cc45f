import { door } from '#lib/access/door.ts'
import { beginStepUp } from '#lib/access/web-auth.ts'
import { askToBreakGlass } from '#lib/emergencies/commands.ts'
import { type BreakGlassRefusal, explainBreakGlass } from '#lib/emergencies/emergency.ts'
import { getConfig } from '#lib/platform/context.ts'
import type { Result } from '#lib/platform/result.ts'
import { rulesInForce } from '#lib/policies/data.ts'
import { policyFor } from '#lib/releases/policy.ts'
import { explain } from '#lib/releases/release.ts'
import { noSayStatuses, noSuchRelease } from '#lib/releases/schema.ts'
import { type AskRefusal, askToApprove } from '#lib/step-ups/commands.ts'
import { stepUpSchema } from '#lib/step-ups/schema.ts'
import { stepUpProblemWords } from '#lib/step-ups/step-up.ts'

type Spoken = { code: string; words: string }

function approvalWords(refusal: AskRefusal): string {
  switch (refusal.code) {
    case 'no-such-release':
      return noSuchRelease
    case 'step-up-not-asked':
      return 'The policy of this release asks for no further sign-in.'
    default:
      return explain(refusal)
  }
}

/** Two acts refuse in two vocabularies; the answer needs the code and the words. */
function say<V, R extends { code: string }>(
  result: Result<V, R | { code: 'provider-unreachable' }>,
  words: (refusal: R) => string,
): Result<V, Spoken> {
  if (result.ok) return result
  const { code } = result.refusal
  const text = code === 'provider-unreachable' ? stepUpProblemWords[code] : words(result.refusal as R)
  return { ok: false, refusal: { code, words: text } }
}

/** Begins a step-up sign-in for one act; the answer names the address at the provider to go to. */
export const POST = door(
  {
    body: stepUpSchema,
    status: 201,
    refusals: {
      ...noSayStatuses,
      'no-such-application': 404,
      'may-not-break-glass': 403,
      'provider-unreachable': 503,
    },
    explain: (refusal: Spoken) => refusal.words,
  },
  async ({ db, body, viewer, now, request }) => {
    const { policies, breakGlass } = getConfig()
    if (body.purpose === 'approve')
      return say(
        await beginStepUp(request.signal, (challenge) => askToApprove(db, challenge, body, viewer, now)),
        approvalWords,
      )
    const rules = await rulesInForce(db, policies)
    const policy = (where: Parameters<typeof policyFor>[1]) => policyFor(rules, where)
    const { application, plan } = body
    const begun = await beginStepUp<BreakGlassRefusal>(request.signal, (challenge) =>
      askToBreakGlass(db, challenge, { application, plan }, viewer, now, policy, breakGlass),
    )
    return say(begun, explainBreakGlass)
  },
)
