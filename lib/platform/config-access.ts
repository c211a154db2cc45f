import { z } from 'zod'
import { address, glob, issuer, secretRef, text } from './config-values.ts'

/** What a group of people may do; the meaning of each is in lib/access/policy.ts. */
export const roles = [
  'viewer',
  'developer',
  'approver',
  'auditor',
  'manager',
  'break-glass',
  'admin',
] as const

const exactAllowed = 'the exact name of an Argo CD project, without *; leave projects out for all'
const exactProject = text(exactAllowed).refine((value) => !value.includes('*'), { error: exactAllowed })

const grant = z.strictObject({
  group: text('the name of a group, exactly as the provider sends it'),
  role: z.enum(roles),
  projects: z
    .array(exactProject)
    .min(1, { error: 'at least one project' })
    .optional()
    .describe('All, when left out'),
  environments: z
    .array(text('the name of an environment'))
    .min(1, { error: 'at least one environment' })
    .optional()
    .describe('All, when left out'),
})

const refAllowed = 'a full name such as refs/heads/main or refs/tags/v*; * stands for any characters'
/** A CI server whose jobs may ask for releases with the ID tokens that it makes for them. */
const pipelines = z.strictObject({
  issuer: issuer.describe('The iss of its tokens'),
  discovery: address('https://gitlab.example.com')
    .optional()
    .describe('Where its discovery document answers, if not at the issuer'),
  audience: text('the aud that jobs ask for')
    .optional()
    .describe('The address of Countersign, when left out'),
  trust: z
    .array(
      z.strictObject({
        projectId: z
          .string({ error: 'the id of the project, in quotes, such as "42"' })
          .regex(/^[\w./-]{1,200}$/, { error: 'the id of the project, in quotes, such as "42"' }),
        refs: z
          .array(text(refAllowed).regex(/^refs\//, { error: refAllowed }))
          .min(1, { error: 'at least one branch or tag' })
          .describe('Protected branches and tags whose jobs may ask'),
        services: z.array(glob).min(1, { error: 'at least one service' }),
        projects: z.array(exactProject).min(1, { error: 'at least one project' }).optional(),
        environments: z
          .array(text('the name of an environment'))
          .min(1, { error: 'at least one environment' })
          .optional(),
      }),
    )
    .default([])
    .describe('Which project may ask for which services. A pipeline can never approve'),
})

/** Who may sign in and do what: `access` in countersign.yaml. */
export const access = z.strictObject({
  issuer: issuer.describe('OpenID Connect issuer'),
  clientId: text('the client id that the provider knows').default('countersign'),
  clientSecret: secretRef.describe('Secret of that client'),
  sessionSecret: secretRef
    .optional()
    .describe('Signs cookies; made on first start when left out. Give it when webs run on several machines'),
  groupsClaim: text('the name of a claim')
    .default('groups')
    .describe('Claim of the ID token that lists the groups'),
  trustEmails: z
    .boolean({ error: 'true or false' })
    .optional()
    .describe('Whether addresses count as verified although the provider sends no email_verified'),
  grants: z.array(grant).default([]).describe('Which group may do what; people without any may see nothing'),
  pipelines: z.array(pipelines).default([]).describe('CI servers whose jobs may ask for releases'),
})
