import { shortDigest } from '#lib/plans/plan.ts'
import { assertNever } from '#lib/platform/result.ts'
import type { Actor, LogEvent, ReadEvent, Subject } from './event.ts'
import { exportWords } from './export-words.ts'
import type { EventType } from './payload.ts'
import { sampleWords } from './sample-words.ts'

/** What people filter the history by. Every type of event belongs to one group. */
export const eventGroups = {
  requests: ['release.requested', 'release.request-refused', 'release.withdrawn'],
  approvals: [
    'release.decided',
    'release.decision-refused',
    'release.extended',
    'release.extension-refused',
    'release.message',
    'release.approved',
    'release.break-glass',
    'release.break-glass-refused',
    'release.retrospective',
    'release.retrospective-refused',
    'release.retrospective-overdue',
    'release.rejected',
    'release.revoked',
    'release.revoke-refused',
    'release.expired',
    'release.stale',
    'release.finding',
    'release.finding-confirmed',
    'release.finding-declined',
    'release.finding-refused',
    'finding.closed',
    'finding.close-refused',
    'train.requested',
    'train.decided',
    'train.refused',
    'train.resumed',
    'standard-change.proposed',
    'standard-change.decided',
    'standard-change.refused',
    'standard-change.stopped',
    'release.standard-change',
    'release.standard-change-refused',
    'policy.adopted',
    'policy.proposed',
    'policy.withdrawn',
    'policy.decided',
    'policy.decision-refused',
    'policy.activated',
  ],
  deployments: [
    'finding.opened',
    'release.dispatching',
    'release.intent',
    'release.sent',
    'release.accepted',
    'release.refused',
    'release.ambiguous',
    'release.syncing',
    'release.operation-ended',
    'release.verdict',
    'release.verifying',
    'release.succeeded',
    'release.degraded',
    'release.failed',
    'release.review',
    'pause.started',
    'pause.ended',
    'pause.refused',
    'freeze.made',
    'freeze.ended',
    'freeze.refused',
    'freeze.overridden',
    'freeze.override-refused',
  ],
  plans: ['plan.created', 'plan.authors'],
  'sign-ins': [
    'sign-in',
    'sign-in-refused',
    'sign-out',
    'step-up.asked',
    'step-up.confirmed',
    'step-up.refused',
  ],
  system: [
    'configuration.loaded',
    'log.read',
    'catalog.exported',
    'findings.exported',
    'evidence.exported',
    'log.exported',
    'log.rows-exported',
    'emergencies.exported',
    'inquiry.exported',
    'sample.drawn',
    'sample.noted',
    'sample.signed-off',
    'sample.exported',
    'view.shared',
    'view.changed',
    'view.unshared',
    'process.started',
    'process.stopped',
  ],
} as const satisfies Record<string, readonly EventType[]>
export type EventGroup = keyof typeof eventGroups

/** A code such as `own-request` as words. */
const spoken = (code: string) => code.replaceAll(/[-_]/g, ' ')
const frozen = (kind: string) => (kind === 'deny' ? 'freeze' : 'deployment window')

/** What a step-up is for, before `plan …`. */
const act = (purpose: string) => (purpose === 'break-glass' ? 'break the glass for' : purpose)

const because = (reason: string | undefined) => (reason ? `: ${reason}` : '')
const answered = ({ status, message }: { status?: number | undefined; message?: string | undefined }) =>
  `${status === undefined ? 'no answer' : status}${message ? `, ${message}` : ''}`
const ended = ({
  health,
  message,
  reason,
}: {
  health?: string | undefined
  message?: string | undefined
  reason?: string | undefined
}) => because([health, reason ?? message].filter(Boolean).join(', '))
const again = (intent: number | undefined) => (intent === undefined ? '' : `, intent ${intent}`)
const list = (values: readonly string[]) => values.map((value) => value.slice(0, 12)).join(', ')

const after = (
  back: { occasion: { kind: string; name?: string | undefined; release?: string | undefined } } | undefined,
) => (back ? ` after ${back.occasion.kind} ${back.occasion.name ?? back.occasion.release ?? ''}` : '')

/** What happened, as the rest of a sentence that begins with who did it. */
export function what(event: LogEvent): string {
  const { type, data } = event
  switch (type) {
    case 'sign-in':
      return 'signed in'
    case 'sign-in-refused':
      return `was refused at sign-in: ${spoken(data.refusal)}`
    case 'sign-out':
      return 'signed out'
    case 'step-up.asked':
      return `went to confirm who they are, to ${act(data.purpose)} plan ${shortDigest(data.plan)}`
    case 'step-up.confirmed':
      return `confirmed who they are, to ${act(data.purpose)} plan ${shortDigest(data.plan)}${because(data.acr && `level ${data.acr}`)}`
    case 'step-up.refused':
      return `did not confirm who they are, to ${act(data.purpose)} plan ${shortDigest(data.plan)}: ${spoken(data.refusal)}`
    case 'plan.created':
      return `made plan ${shortDigest(data.plan)} of ${list(data.revisions)}`
    case 'plan.authors':
      return `read from Git who wrote plan ${shortDigest(data.plan)}: ${data.people} in all${because(data.incomplete.join('; '))}`
    case 'train.requested':
      return `asked for a train of ${data.releases.length} releases: ${data.reason}`
    case 'train.decided':
      return `${data.decision === 'approve' ? 'approved' : 'rejected'} a train${because(data.comment)}`
    case 'train.refused':
      return `could not ${data.act === 'request' ? 'ask for' : 'decide on'} a train: ${spoken(data.refusal)}${data.application ? `, ${data.application}` : ''}`
    case 'train.resumed':
      return `let a train go on past this release${because(data.reason)}`
    case 'standard-change.proposed':
      return `proposed a standard change for ${data.service} in ${data.environment}, ${data.perDay} a day until ${data.expiresAt}: ${data.reason}`
    case 'standard-change.decided':
      return `${data.decision === 'approve' ? 'signed' : 'rejected'} standard change ${data.standardChange}${because(data.reason)}`
    case 'standard-change.refused':
      return `could not do that with a standard change: ${spoken(data.refusal)}`
    case 'standard-change.stopped':
      return `stopped standard change ${data.standardChange}${because(data.reason)}`
    case 'release.standard-change':
      return `asked for plan ${shortDigest(data.plan)} as standard change ${data.standardChange} (${shortDigest(data.digest)}), which ${data.signers.join(' and ')} signed`
    case 'release.standard-change-refused':
      return `could not use standard change ${data.standardChange} for plan ${shortDigest(data.plan)}: ${data.why}`
    case 'policy.adopted':
      return `put the configured policies in force, ${data.rules} in all`
    case 'policy.proposed':
      return `proposed other policies, ${data.rules} in all: the configuration changed`
    case 'policy.withdrawn':
      return `took the proposed policies back${because(data.reason)}`
    case 'policy.decided':
      return `${data.decision === 'approve' ? 'agreed to' : 'rejected'} the proposed policies${because(data.reason)}`
    case 'policy.decision-refused':
      return `could not ${data.decision} the proposed policies: ${spoken(data.refusal)}`
    case 'policy.activated':
      return `put the proposed policies in force, ${data.rules} in all`
    case 'release.requested':
      return `requested ${data.rollback ? 'the rollback of ' : ''}plan ${shortDigest(data.plan)}${after(data.rollback)}${data.pipeline ? ` by job ${data.pipeline.job} of ${data.pipeline.path} at ${data.pipeline.ref}` : ''}: ${data.reason}`
    case 'release.request-refused':
      return `could not request plan ${shortDigest(data.plan)}: ${spoken(data.refusal)}`
    case 'release.decided':
      return `${data.decision === 'approve' ? 'approved' : 'rejected'} plan ${shortDigest(data.plan)}${data.acknowledged ? `, its changes read at ${data.acknowledged[0]?.at}` : ''}${because(data.comment)}`
    case 'release.decision-refused':
      return `could not ${data.decision} plan ${shortDigest(data.plan)}: ${spoken(data.refusal)}`
    case 'release.extended':
      return `approved plan ${shortDigest(data.plan)} for longer, until ${data.notAfter}${because(data.comment)}`
    case 'release.extension-refused':
      return `could not give plan ${shortDigest(data.plan)} more time: ${spoken(data.refusal)}`
    case 'release.message':
      return `wrote on the release: ${data.text}`
    case 'release.break-glass':
      return `broke the glass for plan ${shortDigest(data.plan)}, incident ${data.incident}: ${data.reason}`
    case 'release.break-glass-refused':
      return `could not break the glass for plan ${shortDigest(data.plan)}: ${spoken(data.refusal)}`
    case 'release.retrospective':
      return `${data.kind === 'approve' ? 'approved' : 'objected to'} plan ${shortDigest(data.plan)} afterwards${because(data.reason)}`
    case 'release.retrospective-refused':
      return `could not ${data.kind === 'approve' ? 'approve' : 'object to'} plan ${shortDigest(data.plan)} afterwards: ${spoken(data.refusal)}`
    case 'release.retrospective-overdue':
      return `found that nobody approved plan ${shortDigest(data.plan)} afterwards until ${data.dueAt}`
    case 'release.approved':
      if (data.standardChange)
        return `counted the signatures of standard change ${data.standardChange} as approvals of plan ${shortDigest(data.plan)}`
      if (data.breakGlass) return `let plan ${shortDigest(data.plan)} go without approvals`
      return `completed the approvals of plan ${shortDigest(data.plan)}, ${data.approvals.length} in all`
    case 'release.rejected':
      return `closed the release as rejected${because(data.reason)}`
    case 'release.withdrawn':
      return `withdrew the release${because(data.reason)}`
    case 'release.expired':
      return 'let the release expire'
    case 'release.stale':
      return `found the plan stale${because(data.reason)}`
    case 'release.revoked':
      return `revoked the release${because(data.reason)}`
    case 'release.revoke-refused':
      return `could not take the approval back: ${spoken(data.refusal)}`
    case 'release.dispatching':
      return 'began to dispatch'
    case 'release.intent':
      return `committed intent ${data.intent} for plan ${shortDigest(data.plan)}`
    case 'release.sent':
      return `sent the sync${again(data.intent)}`
    case 'release.accepted':
      return `accepted the sync${again(data.intent)}${data.differences.length > 0 ? `, and echoed ${data.differences.length} differences` : ''}`
    case 'release.refused':
      return `refused the sync${again(data.intent)}: ${answered(data)}`
    case 'release.ambiguous':
      return `left the sync open${again(data.intent)}: ${spoken(data.reason)}, ${answered(data)}`
    case 'release.syncing':
      return `saw the sync run${again(data.intent)}`
    case 'release.verdict':
      return `judged the release ${data.checkpoint} minutes after: ${spoken(data.answer)}`
    case 'release.operation-ended':
      return `ended the operation: ${data.phase}${data.message ? `, ${data.message}` : ''}`
    case 'release.verifying':
      return `began to verify${ended(data)}`
    case 'release.succeeded':
      return `found the release succeeded${ended(data)}`
    case 'release.degraded':
      return `found the release degraded${ended(data)}`
    case 'release.failed':
      return `found the release failed${ended(data)}`
    case 'release.review':
      return `asked for a review${ended(data)}`
    case 'release.finding':
      return `looked, and says that the release ${data.outcome}${because(data.reason)}`
    case 'release.finding-confirmed':
      return `confirmed that the release ${data.outcome}`
    case 'release.finding-declined':
      return `declined that the release ${data.outcome}${because(data.reason)}`
    case 'release.finding-refused':
      return `could not ${data.act === 'find' ? 'say how the release ended' : `${data.act} how the release ended`}: ${spoken(data.refusal)}`
    case 'finding.opened':
      return `found a change that no release explains: ${data.sentence}`
    case 'finding.closed':
      return `closed a finding as ${spoken(data.kind)}: ${data.reason}`
    case 'finding.close-refused':
      return `could not close a finding: ${spoken(data.refusal)}`
    case 'pause.started':
      return `paused the releases of ${data.place}: ${data.reason}`
    case 'pause.ended':
      return `resumed the releases of ${data.place}: ${data.reason}`
    case 'pause.refused':
      return `could not ${data.act} the releases of ${data.place}: ${spoken(data.refusal)}`
    case 'freeze.made': {
      const when = data.schedule ? `on ${data.schedule}` : `from ${data.from} to ${data.to}`
      return `made a ${frozen(data.kind)} for ${data.place}, ${when} (${data.zone}): ${data.reason}`
    }
    case 'freeze.ended':
      return `ended the ${frozen(data.kind)} for ${data.place}: ${data.reason}`
    case 'freeze.refused':
      return `could not ${data.act} a ${frozen(data.kind)} for ${data.place}: ${spoken(data.refusal)}`
    case 'freeze.overridden':
      return `let the release through the ${frozen(data.kind)} “${data.about}”: ${data.reason}`
    case 'freeze.override-refused':
      return `could not let the release through a freeze: ${spoken(data.refusal)}`
    case 'configuration.loaded':
      return `loaded configuration ${shortDigest(data.configuration)} in ${data.process}`
    case 'log.read': {
      const filter = Object.entries(data.filter).map(([name, value]) => `${name} “${value}”`)
      return filter.length === 0 ? 'read the log' : `read the log, filter ${filter.join(', ')}`
    }
    case 'catalog.exported':
    case 'findings.exported':
    case 'evidence.exported':
    case 'log.exported':
    case 'log.rows-exported':
    case 'emergencies.exported':
      return exportWords(event)
    case 'inquiry.exported':
    case 'sample.drawn':
    case 'sample.noted':
    case 'sample.signed-off':
    case 'sample.exported':
      return sampleWords(event)
    case 'view.shared':
      return `shared the view “${data.name}” with ${data.group}`
    case 'view.changed':
      return `changed the view “${data.name}”, shared with ${data.group}`
    case 'view.unshared':
      return `took the view “${data.name}” from ${data.group}`
    case 'process.started':
      return `started ${data.process}${data.version ? ` ${data.version}` : ''}`
    case 'process.stopped':
      return `stopped ${data.process}${because(data.reason)}`
    default:
      return assertNever(type)
  }
}

/** Who did it. `name` is the person's current name, if it was not erased. */
export function who(actor: Actor, name?: string): string {
  switch (actor.kind) {
    case 'person':
      return name ?? actor.person
    case 'argocd':
      return 'Argo CD'
    case 'worker':
    case 'signer':
    case 'system':
      return 'Countersign'
    default:
      return assertNever(actor)
  }
}

/** Where: `checkout · prod eu`, or undefined for what is about nothing in particular. */
export function on({ service, environment, target }: Subject): string | undefined {
  if (!service) return undefined
  return environment ? `${service} · ${[environment, target].filter(Boolean).join(' ')}` : service
}

/** One row of the history in words. An entry that this version does not know is named by its type, never hidden. */
export function words(read: ReadEvent, name?: string): { who: string; what: string; on: string | undefined } {
  if (!read.known)
    return { who: 'Unknown', what: `recorded ${read.type}, which this version does not know`, on: undefined }
  const { event } = read
  return { who: who(event.actor, name), what: what(event), on: on(event.subject) }
}
