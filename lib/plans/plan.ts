import type { Instant } from '#lib/platform/clock.ts'

/** Argo CD's source struct as it stands in the Application, every field kept: path, chart, Helm values, ref … */
export type PlanSource = { repoURL: string; targetRevision: string; [field: string]: unknown }

/**
 * What a sync would apply, and nothing that changes by itself (no times, no live state): rebuilt from Argo CD just
 * before dispatch, it must give the same bytes. Its SHA-256 over RFC 8785 JSON is what people sign (audit-security 3.3).
 */
export type Plan = {
  v: 1
  instance: string
  namespace: string
  name: string
  uid: string
  project: string
  destination: { server: string | null; name: string | null; namespace: string | null }
  sources: PlanSource[]
  /** True when the Application lists `sources`; it decides how revisions are sent. */
  multiSource: boolean
  /** Resolved, immutable, parallel to `sources`: git SHA, chart version or OCI digest. */
  revisions: string[]
  manifests: { digest: string; count: number; stable: boolean }
  images: string[]
  syncOptions: string[]
  prune: boolean
  strategy: 'hook'
  policyDigest: string
  previous: { revisions: string[]; historyId: number | null }
  /** A rollback, and to which deployment: whoever approves signs that it is one. */
  rollback?: { deployment: string }
}

export type CheckResult = 'pass' | 'fail' | 'unknown'
/** A machine's answer. A blocking one that does not pass stops the request and the dispatch. */
export type Check = { id: string; title: string; result: CheckResult; detail: string; blocks: boolean }

export type PlanCommit = {
  revision: string
  subject: string
  author: string
  at?: Instant
  url?: string
  repository: string
}
/** `incomplete`: the list is cut or could not be read, and why. Never an empty list in its place. */
export type PlanCommits = { commits: PlanCommit[]; incomplete?: string }

export type DiffLine = { kind: 'same' | 'added' | 'removed'; text: string; before?: number; after?: number }
export type DiffHunk = { lines: DiffLine[] }
export type ResourceDiff = {
  group: string
  kind: string
  namespace: string
  name: string
  /** `left-behind`: gone from Git, but a sync without prune keeps it. */
  change: 'added' | 'removed' | 'left-behind' | 'changed' | 'unchanged'
  hunks: DiffHunk[]
  noiseLines: number
  risks: string[]
  /** What kinds of risk these are: a policy may ask for more approvals for some. */
  riskKinds?: string[]
  /** Argo CD hides Secret values, so an unchanged Secret may still change. */
  hiddenValues: boolean
  /** Too large to show line by line; it is still counted and judged. */
  tooLarge: boolean
}
export type PlanDiff =
  | { kind: 'known'; resources: ResourceDiff[]; noiseLines: number; risks: number }
  | { kind: 'cannot-tell'; why: string }

/** What a rollback brings back, and what of it no revision brings back. */
export type PlanRollback = {
  deployment: string
  version: string | null
  /** When it ran here; `to` null where a later sync failed halfway. */
  from: Instant
  to: Instant | null
  /** The release that brought it then. */
  release: string | null
  changed: { name: string; was: string; is: string; elsewhere: boolean }[]
}

/** What people see of a plan. Frozen with it; its digest stands in the log entry `plan.created`. */
export type PlanDocument = {
  v: 1
  at: Instant
  version: { from: string | null; to: string }
  images: { before: string[]; after: string[] }
  commits: PlanCommits
  diff: PlanDiff
  checks: Check[]
  health: { status: string; observedAt: Instant }
  /** The way to here, this environment last: what stands before it is looked at anew before anything is sent. */
  environments?: string[]
  /** Its commits are those that it takes back. */
  rollback?: PlanRollback
  /** What it changes besides versions of container images, as the worker found; empty lets a standard change cover it. */
  beyondImages?: string[]
}

/** The checks that stop a request or a dispatch: blocking ones whose answer is not "pass". Unknown blocks too. */
export function blockers(checks: Check[]): Check[] {
  return checks.filter((check) => check.blocks && check.result !== 'pass')
}

/** `3f9a…c210`: enough of a digest to compare by eye; the whole stands beside it for copying. */
export function shortDigest(digest: string): string {
  return `${digest.slice(0, 4)}…${digest.slice(-4)}`
}

/** What differs between the plan people signed and the same plan rebuilt now, in words. Empty: nothing. */
export function planDifferences(signed: Plan, now: Plan): string[] {
  const says: string[] = []
  const differ = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b)
  if (signed.uid !== now.uid) says.push('the application was deleted and created again')
  if (differ(signed.revisions, now.revisions))
    says.push(
      `Git moved from ${signed.revisions.map(short).join(', ')} to ${now.revisions.map(short).join(', ')}`,
    )
  if (differ(signed.sources, now.sources) || signed.multiSource !== now.multiSource)
    says.push('the sources of the application changed (repository, path, target revision or parameters)')
  if (signed.project !== now.project)
    says.push(`the application moved from project ${signed.project} to ${now.project}`)
  if (differ(signed.destination, now.destination)) says.push('the destination cluster or namespace changed')
  if (signed.manifests.digest !== now.manifests.digest)
    says.push('the same revision renders other manifests now')
  if (signed.manifests.stable !== now.manifests.stable)
    says.push('the manifests no longer render the same twice')
  if (differ(signed.images, now.images)) says.push('the images changed')
  if (differ(signed.syncOptions, now.syncOptions) || signed.prune !== now.prune)
    says.push('the sync options changed')
  if (signed.policyDigest !== now.policyDigest) says.push('the policy changed')
  if (differ(signed.previous, now.previous)) says.push('something else was deployed here meanwhile')
  return says
}

const short = (revision: string) => (/^[0-9a-f]{40,64}$/.test(revision) ? revision.slice(0, 7) : revision)
