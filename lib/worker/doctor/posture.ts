import { decodeJwt } from 'jose'
import type { ArgoFailure } from '#lib/argocd/answer.ts'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import { judgeVersion } from '#lib/argocd/version.ts'
import type { Instant } from '#lib/platform/clock.ts'
import type { about, Finding } from './finding.ts'

type Says = ReturnType<typeof about>
type Version = { text: string; major: number; minor: number; patch: number }

/** Countersign is made for 3.3 to 3.5; before 3.3 a pinned sync of several sources is not pinned (argo-cd 22857). */
export function versionFinding(says: Says, { text, major, minor, patch }: Version): Finding {
  const { support, advisories } = judgeVersion(`${major}.${minor}.${patch}`)
  if (support === 'too-old')
    return says.blocking(
      `Argo CD ${text} is too old: before 3.3 the revisions of a pinned sync do not hold. Update to 3.3, 3.4 or 3.5.`,
    )
  if (support === 'newer')
    return says.warning(
      `Argo CD ${text} is newer than what Countersign was tried with (3.3 to 3.5). Try a release in a test environment first.`,
    )
  const [hole] = advisories
  if (hole) return says.warning(`Argo CD ${text} has a known hole (${hole.id}: ${hole.what}). ${hole.remedy}`)
  return says.fine(`Argo CD ${text} is supported.`)
}

const dayMs = 86_400_000

/** What the token says of itself; whether it is accepted is asked elsewhere. Its text is never repeated. */
export function tokenFindings(says: Says, token: string, now: Instant): Finding[] {
  let claims: ReturnType<typeof decodeJwt>
  try {
    claims = decodeJwt(token)
  } catch {
    return [
      says.blocking(
        'The token is not one of Argo CD: it does not look like a JSON Web Token. Make one with: argocd account generate-token --account countersign --expires-in 720h',
      ),
    ]
  }
  if (claims.exp === undefined)
    return [
      says.warning(
        'The token never expires. Make one that does, with --expires-in 720h, and replace it in time.',
      ),
    ]
  const days = Math.floor((claims.exp * 1000 - Date.parse(now)) / dayMs)
  if (days < 0)
    return [
      says.blocking(
        'The token has expired. Make a new one with: argocd account generate-token --account countersign --expires-in 720h',
      ),
    ]
  if (days < 7)
    return [
      says.warning(
        `The token expires in ${days} days. Make a new one; the old one stays valid beside it until then.`,
      ),
    ]
  if (days > 31)
    return [says.warning(`The token is valid for ${days} more days. Make one for 720 hours at most.`)]
  return []
}

const remedies: Record<string, string> = {
  refused: 'Check url, name resolution and network policy.',
  timeout: 'Check url, firewall and proxy.',
  tls: 'If its certificate is signed by an authority of your own, name that in caBundle.',
}

/** Why an instance gave no answer, and what to try. */
export function failureFinding(says: Says, what: string, failure: ArgoFailure): Finding {
  if (failure.kind === 'unauthorised')
    return says.blocking(
      `Argo CD does not accept the token (${failure.message}). Make a new one with: argocd account generate-token --account countersign --expires-in 720h`,
    )
  if (failure.kind === 'unreachable')
    return says.blocking(
      `Argo CD cannot be reached: ${failure.message}. ${remedies[failure.transport?.kind ?? ''] ?? 'Check url.'}`,
    )
  const hint =
    failure.kind === 'not-understood'
      ? ' Check that url leads to Argo CD and not to a sign-in page or a proxy.'
      : ''
  return says.blocking(`Argo CD does not answer when asked for ${what}: ${failure.message}.${hint}`)
}

/** `a, b, c and 4 more`. */
export function some(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ')
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}

/** How protected applications are set up in Argo CD: whatever lets a change past Countersign. */
export function postureFindings(says: Says, apps: readonly ObservedApplication[]): Finding[] {
  const named = (test: (app: ObservedApplication) => boolean) => apps.filter(test).map((app) => app.key.name)
  const automated = named((app) => app.automated)
  const refreshing = named((app) => app.retryRefresh)
  const forgetful = named((app) => app.revisionHistoryLimit < 10)
  const findings: Finding[] = []
  if (automated.length > 0)
    findings.push(
      says.warning(
        `Protected, but synced automatically, so no approval holds them back: ${some(automated)}. Remove spec.syncPolicy.automated, or set enabled: false in it.`,
      ),
    )
  if (refreshing.length > 0)
    findings.push(
      says.warning(
        `Protected, with spec.syncPolicy.retry.refresh, by which a retry deploys a newer revision than the one asked for: ${some(refreshing)}. Remove it.`,
      ),
    )
  if (forgetful.length > 0)
    findings.push(
      says.warning(
        `Protected, with spec.revisionHistoryLimit below 10, so that changes past Countersign can go unseen: ${some(forgetful)}. Raise it to 10 or more.`,
      ),
    )
  if (findings.length === 0 && apps.length > 0)
    findings.push(says.fine(`All ${apps.length} protected applications wait for a manual sync.`))
  return findings
}
