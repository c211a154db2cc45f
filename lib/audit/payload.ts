import { z } from 'zod'
import { exported } from './payload-exports.ts'
import { holds } from './payload-holds.ts'
import {
  afterwards,
  answer,
  answered,
  change,
  code,
  count,
  decision,
  digest,
  finding,
  moment,
  name,
  outcome,
  revisions,
  stepUp,
  text,
  texts,
  view,
} from './payload-parts.ts'
import { audited } from './payload-samples.ts'

/**
 * What each type of event says besides its head. People appear by person id only: names live where they can be
 * erased. Large things (manifests, diffs) appear by digest. No secret and no hash of a guessable secret.
 */
export const payloads = {
  'sign-in': z.strictObject({
    issuer: text(500),
    groups: texts(200, 100),
    session: digest.optional(),
  }),
  'sign-in-refused': z.strictObject({ issuer: text(500).optional(), refusal: code }),
  'sign-out': z.strictObject({ session: digest.optional() }),

  /** A sign-in of its own for one act: asked for, confirmed (the digest is of the ID token), or not. */
  'step-up.asked': z.strictObject(stepUp),
  'step-up.confirmed': z.strictObject({
    ...stepUp,
    authTime: moment,
    acr: text(200).optional(),
    amr: texts(20, 200),
    idToken: digest,
  }),
  'step-up.refused': z.strictObject({ ...stepUp, refusal: code }),

  'plan.created': z.strictObject({
    plan: digest,
    revisions,
    manifests: digest.optional(),
    document: digest.optional(),
  }),

  /** Who is behind a plan, as Git says: how many, the digest of who, and why there may be others. */
  'plan.authors': z.strictObject({
    plan: digest,
    people: count,
    authors: digest,
    incomplete: texts(20, 500),
  }),

  'release.requested': z.strictObject({
    plan: digest,
    revisions,
    reason: text(2000),
    ticket: text(200).optional(),
    requiredApprovals: z.int().min(1).max(20),
    raised: texts(20, 300).optional(),
    supersedes: name.optional(),
    checks: answered.optional(),
    /** It goes back to an earlier deployment, and what made somebody ask for that. */
    rollback: z
      .strictObject({
        to: name,
        occasion: z.strictObject({
          kind: z.enum(['incident', 'ticket', 'release']),
          name: text(200).optional(),
          release: name.optional(),
        }),
      })
      .optional(),
    policy: digest,
    notAfter: moment,
    /** The job that asked, where a pipeline did. Who started it stands in rel.pipeline_job, as a name may be erased. */
    pipeline: z
      .strictObject({
        issuer: text(500),
        project: text(500),
        path: text(500),
        pipeline: text(500),
        job: text(500),
        ref: text(500),
        sha: text(500),
        token: text(500),
        user: text(500),
      })
      .optional(),
  }),
  'release.request-refused': z.strictObject({ plan: digest, refusal: code }),
  /** `groups`: those that the person held at that moment, by which a quorum of several groups is judged. */
  'release.decided': z.strictObject({
    decision,
    plan: digest,
    comment: text(2000).optional(),
    groups: texts(200, 256).optional(),
    checks: answered.optional(),
    stepUp: name.optional(),
    /** Plans whose changes the person said to have read, and when: one for each application it is about. */
    acknowledged: z
      .array(z.strictObject({ plan: digest, at: moment }))
      .max(50)
      .optional(),
  }),
  'release.decision-refused': z.strictObject({ decision, plan: digest, refusal: code }),
  'release.extended': z.strictObject({ plan: digest, notAfter: moment, comment: text(2000).optional() }),
  'release.extension-refused': z.strictObject({ plan: digest, refusal: code }),
  'release.message': z.strictObject({ message: name, text: text(2000) }),
  'release.approved': z.strictObject({
    plan: digest,
    approvals: z.array(z.strictObject({ person: name, event: name.optional() })).max(50),
    /** The glass was broken: nobody approved before. */
    breakGlass: z.literal(true).optional(),
    /** Those who signed this standard change count as having approved. */
    standardChange: name.optional(),
  }),
  /** It goes before others approve it; another person decides until `dueAt` whether that was right. */
  'release.break-glass': z.strictObject({
    plan: digest,
    reason: text(2000),
    incident: text(200),
    dueAt: moment,
    stepUp: name,
  }),
  'release.break-glass-refused': z.strictObject({ plan: digest, refusal: code }),
  'release.retrospective': z.strictObject({
    kind: afterwards,
    plan: digest,
    reason: text(2000).optional(),
    groups: texts(200, 256).optional(),
    checks: answered.optional(),
  }),
  'release.retrospective-refused': z.strictObject({ kind: afterwards, plan: digest, refusal: code }),
  'release.retrospective-overdue': z.strictObject({ plan: digest, dueAt: moment }),
  'release.rejected': z.strictObject({ ...change, plan: digest.optional() }),
  'release.withdrawn': z.strictObject(change),
  'release.expired': z.strictObject({ ...change, notAfter: moment.optional() }),
  'release.stale': z.strictObject({ ...change, plan: digest.optional(), found: digest.optional() }),
  'release.revoked': z.strictObject(change),
  'release.revoke-refused': z.strictObject({ refusal: code }),
  'release.dispatching': z.strictObject(change),
  /** The write-ahead record: committed before anything is sent. `token` is the SHA-256 of the token. */
  'release.intent': z.strictObject({
    intent: count,
    plan: digest,
    token: digest,
    body: digest,
    epoch: count,
    receipt: z.string().max(40).optional(),
    preState: digest.optional(),
  }),
  'release.sent': z.strictObject({ intent: count, url: text(500).optional() }),
  'release.accepted': z.strictObject({
    ...answer,
    adopted: z.boolean().optional(),
    differences: texts(20, 500),
  }),
  'release.refused': z.strictObject(answer),
  'release.ambiguous': z.strictObject({ ...answer, reason: code }),
  'release.syncing': z.strictObject({ ...change, intent: count.optional() }),
  'release.operation-ended': z.strictObject({
    intent: count.optional(),
    phase: text(64),
    message: text(4000).optional(),
    revisions: revisions.optional(),
    startedAt: text(40).optional(),
    finishedAt: text(40).optional(),
    historyId: count.optional(),
  }),
  'release.verifying': z.strictObject(outcome),
  'release.succeeded': z.strictObject(outcome),
  'release.degraded': z.strictObject(outcome),
  'release.failed': z.strictObject(outcome),
  'release.review': z.strictObject(outcome),
  /** Whether it did harm, judged once at each checkpoint (minutes). `inputs` is the digest of what that was worked out from. */
  'release.verdict': z.strictObject({
    checkpoint: count,
    answer: z.enum(['worse', 'no-change', 'improved', 'inconclusive']),
    version: count,
    inputs: digest,
    signals: z
      .array(z.strictObject({ signal: code, answer: code, effect: text(20).optional() }))
      .transform((all) => all.slice(0, 10)),
  }),
  /** Out of review: what somebody found, and another person's answer. `finding` is the id of what is answered. */
  'release.finding': z.strictObject(finding),
  'release.finding-confirmed': z.strictObject(finding),
  'release.finding-declined': z.strictObject(finding),
  'release.finding-refused': z.strictObject({ act: z.enum(['find', 'confirm', 'decline']), refusal: code }),

  /** Several releases asked for and decided in one act. Each has its own entries besides. */
  'train.requested': z.strictObject({
    train: name,
    digest,
    reason: text(2000),
    parallel: count,
    releases: z
      .array(z.strictObject({ release: name, stage: count }))
      .min(2)
      .max(30),
  }),
  'train.decided': z.strictObject({ train: name, digest, decision, comment: text(2000).optional() }),
  'train.refused': z.strictObject({
    act: z.enum(['request', 'decide']),
    refusal: code,
    application: name.optional(),
  }),
  'train.resumed': z.strictObject({ train: name, reason: text(2000) }),

  /** A standard change: what may be released without further approvals, by the digest of its limits. */
  'standard-change.proposed': z.strictObject({
    standardChange: name,
    digest,
    project: name,
    service: name,
    environment: name,
    perDay: count,
    timeZone: name,
    expiresAt: moment,
    reason: text(2000),
  }),
  'standard-change.decided': z.strictObject({
    standardChange: name,
    digest,
    decision,
    reason: text(2000).optional(),
  }),
  'standard-change.refused': z.strictObject({ standardChange: name.optional(), refusal: code }),
  'standard-change.stopped': z.strictObject({ standardChange: name, digest, reason: text(2000) }),
  'release.standard-change': z.strictObject({
    plan: digest,
    standardChange: name,
    digest,
    signers: z.array(name).max(9),
  }),
  'release.standard-change-refused': z.strictObject({ plan: digest, standardChange: name, why: text(500) }),

  /** Policies by the digest of their set; a proposal by its id. The rules themselves stand in rel.policy_set. */
  'policy.adopted': z.strictObject({ set: digest, rules: count }),
  'policy.proposed': z.strictObject({ set: digest, proposal: name, rules: count }),
  'policy.withdrawn': z.strictObject({ set: digest, proposal: name, reason: text(500) }),
  'policy.decided': z.strictObject({ set: digest, proposal: name, decision, reason: text(2000).optional() }),
  'policy.decision-refused': z.strictObject({ proposal: name, decision, refusal: code }),
  'policy.activated': z.strictObject({ set: digest, proposal: name, rules: count }),

  /** A change that no release explains, and how a second person closed it. `differences` is the digest of both sides. */
  'finding.opened': z.strictObject({
    finding: name,
    kind: code,
    sentence: text(2000),
    says: text(300).optional(),
    differences: digest,
    source: code,
    sync: text(100).optional(),
  }),
  'finding.closed': z.strictObject({
    finding: name,
    kind: code,
    reason: text(2000),
    reference: text(200).optional(),
  }),
  'finding.close-refused': z.strictObject({ finding: name, refusal: code }),

  ...holds,

  'configuration.loaded': z.strictObject({ configuration: digest, roles: digest.optional(), process: code }),
  'log.read': z.strictObject({ filter: z.record(code, text(500)), rows: count.optional() }),
  ...exported,
  ...audited,
  'view.shared': view,
  'view.changed': view,
  'view.unshared': view,
  'process.started': z.strictObject({ process: code, version: text(64).optional() }),
  'process.stopped': z.strictObject({ process: code, reason: text(500).optional() }),
} as const satisfies Record<string, z.ZodType>

export type EventType = keyof typeof payloads
export const eventTypes = Object.keys(payloads) as EventType[]
