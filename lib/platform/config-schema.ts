import { z } from 'zod'
import { access } from './config-access.ts'
import { anchor } from './config-anchors.ts'
import { audit } from './config-audit.ts'
import { breakGlass, policy } from './config-policy.ts'
import { alertsParts, logsParts } from './config-signals.ts'
import { address, count, duration, flag, glob, name, origin, path, secretRef, text } from './config-values.ts'

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
  breakGlass: breakGlass.prefault({}),
  signals: signals.prefault({}),
  evidence: evidence.prefault({}),
  audit: audit.prefault({}),
  anchors: z.array(anchor).default([{ kind: 'file', path: './.countersign/anchors/checkpoints.txt' }]),
})

/** countersign.yaml, parsed: defaults filled in, durations in milliseconds, paths absolute. */
export type Config = z.output<typeof configSchema>

/** The published JSON Schema, for completion in editors. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, { io: 'input' })
  return { $schema, title: 'countersign.yaml', ...rest }
}
