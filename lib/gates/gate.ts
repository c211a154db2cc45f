/** What a pipeline asks a release for: it knows what it built, not what Argo CD would apply. */
export type GateInput = {
  service: string
  environment: string
  target?: string | undefined
  instance?: string | undefined
  /** `registry/name:tag`, with or without digest, or the digest alone. */
  image?: string | undefined
  /** A commit of the repository that Argo CD deploys from. */
  revision?: string | undefined
}

/** An application that the words of a pipeline fit, with what its plan would bring. */
export type GateCandidate = {
  application: string
  instance: string
  target: string | null
  plan: { digest: string; revisions: readonly string[]; images: readonly string[] } | null
}

export type GateRefusal =
  | { code: 'pipelines-only' }
  | { code: 'no-such-application' }
  | { code: 'several-applications'; targets: string[] }
  | { code: 'no-plan-yet'; retryAfterS: number }
  | { code: 'other-version'; images: string[]; revisions: string[]; retryAfterS: number }

const retryAfterS = 5

export function explainGate(refusal: GateRefusal): string {
  switch (refusal.code) {
    case 'pipelines-only':
      return 'Only pipelines ask here. People read the plan first: POST /api/v1/releases with its digest.'
    case 'no-such-application':
      return 'There is no such application, or this pipeline may not see it.'
    case 'several-applications':
      return `Several applications fit; say target, and instance where that is not enough: ${refusal.targets.join(', ')}.`
    case 'no-plan-yet':
      return 'No plan waits for a release: Argo CD has not seen the change yet, or it runs already. Ask again.'
    case 'other-version':
      return `The plan that waits is of another version: ${[...refusal.images, ...refusal.revisions].slice(0, 5).join(', ')}. Ask again once Argo CD has seen yours.`
  }
}

const digestOf = (image: string) => /@?(sha256:[0-9a-f]{64})$/.exec(image)?.[1]

/** Whether a plan's image is the one that was asked for: by digest where both name one, else by repository and tag. */
export function sameImage(asked: string, planned: string): boolean {
  const [mine, theirs] = [digestOf(asked), digestOf(planned)]
  if (mine && theirs) return mine === theirs && (asked === mine || nameOf(asked) === nameOf(planned))
  return mine === undefined && asked === planned.replace(/@sha256:[0-9a-f]{64}$/, '')
}
/** Repository without tag and digest; a colon before the last slash belongs to a port. */
const nameOf = (image: string) => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')

/** A commit named whole, or by at least its first twelve digits. */
const sameRevision = (asked: string, planned: string) =>
  asked === planned || (/^[0-9a-f]{12,40}$/.test(asked) && planned.startsWith(asked))

/** The one application and plan that a pipeline means, or why there is none. */
export function findGate(
  asked: GateInput,
  candidates: readonly GateCandidate[],
):
  | { ok: true; value: { application: string; plan: NonNullable<GateCandidate['plan']> } }
  | { ok: false; refusal: GateRefusal } {
  const refuse = (refusal: GateRefusal) => ({ ok: false, refusal }) as const
  const fitting = candidates.filter(
    ({ target, instance }) =>
      (asked.target === undefined || asked.target === target) &&
      (asked.instance === undefined || asked.instance === instance),
  )
  const [only, ...others] = fitting
  if (!only) return refuse({ code: 'no-such-application' })
  if (others.length > 0) {
    const targets = fitting.map(({ instance, target }) => `${target ?? 'no target'} on ${instance}`)
    return refuse({ code: 'several-applications', targets: targets.slice(0, 20) })
  }
  const { plan } = only
  if (!plan) return refuse({ code: 'no-plan-yet', retryAfterS })
  const { image, revision } = asked
  const brings =
    (image === undefined || plan.images.some((each) => sameImage(image, each))) &&
    (revision === undefined || plan.revisions.some((each) => sameRevision(revision, each)))
  if (!brings) {
    const [images, revisions] = [[...plan.images], [...plan.revisions]]
    return refuse({ code: 'other-version', images, revisions, retryAfterS })
  }
  return { ok: true, value: { application: only.application, plan } }
}
