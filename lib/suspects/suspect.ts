import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'

/** How near a deployment is to what went wrong, the nearest first. */
export const reaches = ['service', 'namespace', 'project', 'team'] as const
export type Reach = (typeof reaches)[number]

/** A deployment near in time, with how near it is in place. */
export type Deployed = {
  id: string
  application: string
  name: string
  service: string | null
  environment: string | null
  target: string | null
  version: string | null
  /** What ran before; null when nobody knows. */
  before: string | null
  release: string | null
  cause: string
  actor: string | null
  /** When the sync began (or ended, where only that is known). */
  at: Instant
  /** How many resources Argo CD manages of it: what it can reach by itself. Null when nobody counted. */
  resources: number | null
  reach: Reach
}

export type Suspect = Deployed & {
  /** Between 0 and 1; only good for comparing with each other. */
  score: number
  /** From the deployment to the first errors; negative when it came after, which clears it. */
  leadMs: number
  /** Why it stands where it stands, each a sentence part. */
  reasons: string[]
}

const weights: Record<Reach, number> = { service: 1, namespace: 0.4, project: 0.3, team: 0.2 }
/** After an hour a deployment is a third as likely as at once. */
const tauMs = 60 * 60_000
/** People read a moment off a chart of minutes, and clocks differ. */
export const slackMs = 2 * 60_000

const words: Record<Reach, string> = {
  service: 'the service itself',
  namespace: 'the same namespace',
  project: 'the same project',
  team: 'the same team',
}

/** `4 min`, `2 h 10 min`. */
export function spanWords(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000)
  if (minutes < 1) return 'less than a minute'
  if (minutes < 60) return `${minutes} min`
  const rest = minutes % 60
  return `${Math.floor(minutes / 60)} h${rest > 0 ? ` ${rest} min` : ''}`
}

/**
 * Deployments as suspects for errors that began at `at`: by time and by nearness, the most likely first. What was deployed
 * after the errors began cannot have caused them and comes last, with that said.
 */
export function rankSuspects(deployed: readonly Deployed[], at: Instant): Suspect[] {
  const suspects = deployed.map((each): Suspect => {
    const leadMs = millisecondsBetween(each.at, at)
    const cleared = leadMs < -slackMs
    const score = cleared ? 0 : weights[each.reach] * Math.exp(-Math.max(0, leadMs) / tauMs)
    const when =
      leadMs >= 0
        ? `${spanWords(leadMs)} before`
        : cleared
          ? `${spanWords(leadMs)} after, too late`
          : 'at the same moment'
    const same = each.before !== null && each.before === each.version
    const reasons = [when, words[each.reach], ...(same ? ['the version did not change'] : [])]
    return { ...each, leadMs, score: same ? score / 2 : score, reasons }
  })
  return suspects.sort(
    (a, b) => b.score - a.score || (a.at < b.at ? 1 : a.at > b.at ? -1 : a.id < b.id ? -1 : 1),
  )
}
