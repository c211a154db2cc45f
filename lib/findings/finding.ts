import { can, type Viewer } from '#lib/access/policy.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { assertNever, ok, type Result, refuse } from '#lib/platform/result.ts'

/** The ten ways past a release, by the rules of audit-security 5.2. */
export const findingKinds = [
  'unapproved-deployment',
  'forged-identity',
  'unobserved-deployments',
  'recreated',
  'local-manifests',
  'partial-sync',
  'deviation',
  'settings-changed',
  'foreign-operation',
  'live-change',
] as const
export type FindingKind = (typeof findingKinds)[number]

/** One value that differs, both sides masked. */
export type Difference = { what: string; before: string; after: string }

/** Where it was seen. */
export type Source = 'history' | 'operation' | 'spec' | 'live' | 'identity'

export type Found = {
  kind: FindingKind
  /** Names what brought it about: seen again it is the same finding. */
  cause: string
  blocks: boolean
  sentence: string
  saysWho: string | null
  at: Instant | null
  differences: Difference[]
  source: Source
  /** The sync it accounts for, if it is about one. */
  sync: Sync | null
}
export type Sync = { key: string; historyId: number | null }

/** In a word or two, for lists. */
export const kindWords: Record<FindingKind, string> = {
  'unapproved-deployment': 'Deployment without a release',
  'forged-identity': 'Forged identity',
  'unobserved-deployments': 'Deployments nobody saw',
  recreated: 'Recreated or restored',
  'local-manifests': 'Local manifests',
  'partial-sync': 'Partial sync',
  deviation: 'Other than signed',
  'settings-changed': 'Settings changed',
  'foreign-operation': 'Foreign operation',
  'live-change': 'Live changed by hand',
}

/** How a finding can be closed. */
export const closingKinds = ['explained', 'accepted', 'reverted', 'incident'] as const
export type ClosingKind = (typeof closingKinds)[number]
export const closingWords: Record<ClosingKind, string> = {
  explained: 'Explained by a release or ticket',
  accepted: 'Accepted as it is',
  reverted: 'Put back',
  incident: 'Handled as an incident',
}

export type FindingClosing = {
  kind: ClosingKind
  reason: string
  reference: string | null
  person: string
  name: string
  at: Instant
}

/** A finding as people read it. */
export type Finding = {
  id: string
  kind: FindingKind
  blocks: boolean
  sentence: string
  saysWho: string | null
  at: Instant | null
  foundAt: Instant
  lastSeenAt: Instant
  differences: Difference[]
  source: Source
  application: {
    id: string
    name: string
    instance: string
    project: string
    service: string | null
    environment: string | null
  }
  closing: FindingClosing | null
}

/** A finding in a list: both sides may be long, and stand on its own page only. */
export type FindingRow = Omit<Finding, 'differences'>

export type FindingRefusal =
  | { code: 'disabled' }
  | { code: 'service-account' }
  | { code: 'not-an-approver' }
  | { code: 'already-closed' }
  | { code: 'said-to-be-you'; name: string }

/** Names that an Argo CD may know the viewer by: those of all accounts of the person. */
export type OwnNames = readonly string[]

/**
 * May this person close it? Four eyes: somebody with the right to decide there, and not the one who is said to have
 * done it. The same answer disables the button and guards the command; Postgres asks once more.
 */
export function mayCloseFinding(
  finding: Pick<Finding, 'saysWho' | 'closing'> & {
    application: Pick<Finding['application'], 'project' | 'environment'>
  },
  by: Viewer,
  names: OwnNames,
): Result<null, FindingRefusal> {
  if (!by.enabled) return refuse({ code: 'disabled' })
  if (by.service) return refuse({ code: 'service-account' })
  const { project, environment } = finding.application
  if (!can(by, 'decide:release', { project, ...(environment ? { environment } : {}) }))
    return refuse({ code: 'not-an-approver' })
  if (finding.closing) return refuse({ code: 'already-closed' })
  const said = finding.saysWho?.toLowerCase()
  if (said && names.some((name) => name.toLowerCase() === said))
    return refuse({ code: 'said-to-be-you', name: finding.saysWho ?? '' })
  return ok(null)
}

export function explainFinding(refusal: FindingRefusal): string {
  switch (refusal.code) {
    case 'disabled':
      return 'Your account is disabled.'
    case 'service-account':
      return 'A pipeline cannot close a finding. A person has to.'
    case 'not-an-approver':
      return 'You are not an approver here. An approver of this project closes it.'
    case 'already-closed':
      return 'It is closed already.'
    case 'said-to-be-you':
      return `Argo CD names ${refusal.name}, which is you. Another person has to close it.`
    default:
      return assertNever(refusal)
  }
}
