import { z } from 'zod'
import { count, duration, flag, glob, optionalDuration, stepUp, text } from './config-values.ts'

/** Checks that a policy may turn into gates; what each looks at is in lib/plans. */
const optionalChecks = [
  ...(['order', 'diff', 'limits', 'requests', 'probes', 'privileged', 'digests', 'hooks'] as const),
  ...(['removals', 'storage', 'findings'] as const),
]
const riskKinds = [
  ...(['image', 'image-not-pinned', 'rbac', 'network-policy', 'secret', 'privileged', 'limits'] as const),
  ...(['replicas-zero', 'removed', 'custom-resource-definition', 'volume-claim-removed', 'hook'] as const),
]

const checkPolicy = z
  .strictObject({
    mustPass: z
      .array(z.enum(optionalChecks))
      .default([])
      .describe('Checks without which nothing is requested or sent; the others advise'),
    healthyFor: optionalDuration().describe(
      'How long the version must have been healthy in the environment before; makes the check order a gate',
    ),
    planAge: optionalDuration().describe('How old a plan may be when it is requested or sent'),
    unknown: z
      .enum(['block', 'allow'])
      .default('block')
      .describe('What it means that one of these checks cannot answer'),
  })
  .transform(({ healthyFor, planAge, ...rest }) => ({
    ...rest,
    healthyForMs: healthyFor ?? null,
    planAgeMs: planAge ?? null,
  }))

/** How the glass is broken, and how soon another person says whether that was right. */
export const breakGlass = z
  .strictObject({
    approvedWithin: duration('24h')
      .refine((ms) => ms <= 72 * 3_600_000, { error: 'at most 72h' })
      .describe('How long another person has to approve a break-glass release afterwards'),
    acr: z
      .array(text('a level as the provider names it'))
      .max(10)
      .default([])
      .describe('Levels of sign-in that will do for it; any, when left out'),
  })
  .transform(({ approvedWithin, acr }) => ({ acr, approvedWithinMs: approvedWithin }))

const raise = z.strictObject({
  when: z.array(z.enum(riskKinds)).min(1, { error: 'at least one kind of risk' }),
})

const approvalsAllowed = 'a number from 1 to 9'
const demands = z
  .array(z.strictObject({ group: text('the name of a group'), count: count(approvalsAllowed, 1, 9, 1) }))
  .max(8, { error: 'at most eight groups' })
  .refine((groups) => groups.reduce((sum, each) => sum + each.count, 0) <= 14, {
    error: 'at most 14 people in all',
  })
  .default([])
/** One of `policies` in countersign.yaml: what a release needs. */
export const policy = z
  .strictObject({
    environments: z.array(text('the name of an environment')).min(1, { error: 'at least one environment' }),
    services: z.array(glob).min(1, { error: 'at least one service' }).default(['*']),
    projects: z.array(glob).min(1, { error: 'at least one project' }).default(['*']),
    approvals: count(approvalsAllowed, 1, 9, 2).describe(
      'How many people other than the requester must approve',
    ),
    groups: demands.describe('Groups that must be among the approvers; one person counts for one group'),
    excludeAuthors: flag(false).describe('Whether those who wrote or committed a change may not approve it'),
    unknownAuthor: z
      .enum(['block', 'one-more-approval'])
      .default('block')
      .describe('What an author means whom nobody knows by a verified address, with excludeAuthors'),
    checks: checkPolicy.prefault({}),
    raise: z
      .array(raise)
      .max(5, { error: 'at most five' })
      .default([])
      .describe('Kinds of risk in the difference; each entry found takes one more approval'),
    stepUp: stepUp.describe('Whether each approval takes a sign-in of its own, made for it'),
    expiresAfter: duration('24h').describe('How long approvals may be collected and used'),
    ticket: z.enum(['optional', 'required']).default('optional'),
    rollback: z
      .strictObject({
        approvals: count(approvalsAllowed, 1, 9, 1).describe('How many other people must approve it'),
        groups: demands.describe('Groups that must be among them'),
      })
      .optional()
      .describe(
        'What going back to a deployment asks for that a release brought and that worked; the same as any release when left out',
      ),
  })
  .transform(({ expiresAfter, ...rest }) => ({ ...rest, expiresAfterMs: expiresAfter }))
