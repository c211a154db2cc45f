import { z } from 'zod'
import { alertsParts, logsParts } from './config-signals.ts'
import {
  address,
  duration,
  issuer,
  name,
  optionalDuration,
  origin,
  path,
  secretRef,
  text,
} from './config-values.ts'

const count = (allowed: string, min: number, max: number, byDefault: number) =>
  z
    .number({ error: allowed })
    .int({ error: allowed })
    .min(min, { error: allowed })
    .max(max, { error: allowed })
    .default(byDefault)
const flag = (byDefault: boolean) => z.boolean({ error: 'true or false' }).default(byDefault)
const glob = text('a name; * stands for any characters')

const instance = z
  .strictObject({
    name: name('main').describe('How Countersign calls this Argo CD; keep it, history refers to it'),
    url: address('https://argocd.example.com').describe('Where its API answers'),
    webUrl: address('https://argocd.example.com')
      .optional()
      .describe('Where people open it; url when left out'),
    token: secretRef.describe('Token of the account countersign; only the worker reads it'),
    caBundle: path.optional().describe('PEM file of the certificate authority that signed its certificate'),
    sweepEvery: duration('3m').describe('How often everything is listed anew, besides the live stream'),
  })
  .transform(({ sweepEvery, ...rest }) => ({
    ...rest,
    webUrl: rest.webUrl ?? rest.url,
    sweepEveryMs: sweepEvery,
  }))

const environment = z.strictObject({
  name: name('prod'),
  protected: flag(false).describe('Whether a deployment needs a release with approvals'),
})

const when = z
  .strictObject({
    label: text('a label, such as acme.example/service, or label=value').optional(),
    annotation: text('an annotation, such as acme.example/service, or annotation=value').optional(),
    applicationSet: glob.optional().describe('Name of the ApplicationSet that owns the application'),
    name: text(
      'a regular expression with named groups, such as ^(?<service>.+)-(?<environment>dev|prod)$',
    ).optional(),
    project: glob.optional().describe('Name of the Argo CD project'),
    destination: z
      .strictObject({ server: glob.optional(), name: glob.optional(), namespace: glob.optional() })
      .optional()
      .describe('Where the application deploys to'),
  })
  .refine((value) => Object.keys(value).length > 0, {
    error: 'at least one of label, annotation, applicationSet, name, project, destination',
  })

const template = text("a text with references, such as '{label:acme.example/service}' or '{name:service}'")

const rule = z.strictObject({
  name: name('labels'),
  when: when.describe('All of these must hold'),
  service: template,
  environment: template,
  target: template.optional().describe('Region or tenant that splits one environment'),
  team: template.optional(),
  tier: template.optional(),
})

const catalog = z.strictObject({
  environments: z
    .array(environment)
    .min(1, { error: 'at least one environment' })
    .prefault([{ name: 'dev' }, { name: 'staging' }, { name: 'prod', protected: true }])
    .describe('In the order in which a release travels'),
  rules: z
    .array(rule)
    .min(1, { error: 'at least one rule' })
    .prefault([
      {
        name: 'by-name',
        when: { name: '^(?<service>.+)-(?<environment>dev|staging|prod)$' },
        service: '{name:service}',
        environment: '{name:environment}',
      },
    ])
    .describe('Which application is which service in which environment; the first rule that matches decides'),
})

/** What a group of people may do; the meaning of each is in lib/access/policy.ts. */
export const roles = ['viewer', 'developer', 'approver', 'auditor', 'admin'] as const

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

const access = z.strictObject({
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

const raise = z.strictObject({
  when: z.array(z.enum(riskKinds)).min(1, { error: 'at least one kind of risk' }),
})

const approvalsAllowed = 'a number from 1 to 9'
const policy = z
  .strictObject({
    environments: z.array(text('the name of an environment')).min(1, { error: 'at least one environment' }),
    services: z.array(glob).min(1, { error: 'at least one service' }).default(['*']),
    projects: z.array(glob).min(1, { error: 'at least one project' }).default(['*']),
    approvals: count(approvalsAllowed, 1, 9, 2).describe(
      'How many people other than the requester must approve',
    ),
    groups: z
      .array(z.strictObject({ group: text('the name of a group'), count: count(approvalsAllowed, 1, 9, 1) }))
      .max(8, { error: 'at most eight groups' })
      .refine((groups) => groups.reduce((sum, each) => sum + each.count, 0) <= 14, {
        error: 'at most 14 people in all',
      })
      .default([])
      .describe('Groups that must be among the approvers; one person counts for one group'),
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
    expiresAfter: duration('24h').describe('How long approvals may be collected and used'),
    ticket: z.enum(['optional', 'required']).default('optional'),
  })
  .transform(({ expiresAfter, ...rest }) => ({ ...rest, expiresAfterMs: expiresAfter }))

const datasource = (type: string) =>
  z.strictObject({
    uid: text('the uid of a data source'),
    type: text('the type of a data source').default(type),
  })
const tenantAllowed = 'a number from 0 to 4294967295'
const place = (example: string) => ({
  url: address(example).describe('Where its API answers'),
  uiUrl: address(example).optional().describe('Where people open it'),
  token: secretRef.optional().describe('Bearer token that can only read; web and worker read it'),
  tenant: z
    .strictObject({
      accountId: count(tenantAllowed, 0, 4_294_967_295, 0),
      projectId: count(tenantAllowed, 0, 4_294_967_295, 0),
    })
    .optional()
    .describe('Sent as the headers AccountID and ProjectID'),
})
const system = (example: string) =>
  z.strictObject({
    ...place(example),
    environments: z
      .record(z.string(), z.strictObject(place(example)))
      .optional()
      .describe('Environments that have one of their own, by name'),
  })

const series = z.strictObject({
  name: name('shop-http').describe('What the page calls it'),
  metric: text('the name of a metric').describe('Whoever has series of this name is read by these queries'),
  labels: z
    .record(z.string(), template)
    .describe('Label: what to put in; namespace and the like keep it to the application'),
  traffic: text('a query with $labels and $window, in requests each second').optional(),
  errors: text('a query with $labels and $window, in failed requests each second').optional(),
  latency: text('a query with $labels and $window, in seconds').optional(),
  saturation: text('a query with $labels and $window').optional(),
})

const signals = z.strictObject({
  metrics: system('https://metrics.example.com').optional(),
  series: z
    .array(series)
    .optional()
    .describe('How the metrics of an application are found, before what is known of by itself is tried'),
  logs: system('https://logs.example.com').extend(logsParts).optional(),
  alerts: system('https://alerts.example.com').extend(alertsParts).optional(),
  grafana: z
    .strictObject({
      url: address('https://grafana.example.com'),
      orgId: count('a number from 1', 1, 1_000_000, 1),
      metricsDatasource: datasource('prometheus').optional(),
      logsDatasource: datasource('victoriametrics-logs-datasource').optional(),
      dashboard: z
        .strictObject({
          uid: text('the uid of a dashboard'),
          variables: z
            .record(z.string(), template)
            .default({})
            .describe('Dashboard variable: what to put in'),
        })
        .optional(),
    })
    .optional(),
})

const evidence = z.strictObject({
  git: z
    .array(
      z.strictObject({
        match: text('the beginning of a repoURL, such as https://gitlab.example.com/').describe(
          'Beginning of repoURL',
        ),
        kind: z.enum(['gitlab']),
        url: address('https://gitlab.example.com'),
        token: secretRef.optional().describe('Token with read_api; only the worker reads it'),
      }),
    )
    .default([]),
})

const anchor = z.strictObject({
  kind: z.enum(['file']),
  path: path.describe('The signer appends checkpoints to it'),
})

/** The shape of countersign.yaml. What spans several places is in config-checks.ts. */
export const configSchema = z.strictObject({
  url: origin.prefault('http://127.0.0.1:4000').describe('The address that people use for Countersign'),
  database: z
    .strictObject({
      embeddedDir: path
        .default('./.countersign/postgres')
        .describe('Data of the embedded server, used without DATABASE_URL'),
    })
    .prefault({}),
  instances: z.array(instance).min(1, { error: 'at least one Argo CD' }).describe('Argo CD installations'),
  catalog: catalog.prefault({}),
  access,
  policies: z
    .array(policy)
    .default([])
    .describe('Who must approve; the first that matches decides, two approvals without any'),
  signals: signals.prefault({}),
  evidence: evidence.prefault({}),
  anchors: z.array(anchor).default([{ kind: 'file', path: './.countersign/anchors/checkpoints.txt' }]),
})

/** countersign.yaml, parsed: defaults filled in, durations in milliseconds, paths absolute. */
export type Config = z.output<typeof configSchema>

/** The published JSON Schema, for completion in editors. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, { io: 'input' })
  return { $schema, title: 'countersign.yaml', ...rest }
}
