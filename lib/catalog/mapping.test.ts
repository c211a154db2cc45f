import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Config } from '#lib/platform/config.ts'
import { type Mappable, type MappingRule, mapApplication } from './mapping.ts'

const labels: MappingRule = {
  name: 'labels',
  when: { label: 'acme.example/service' },
  service: '{label:acme.example/service}',
  environment: '{label:acme.example/env}',
  target: '{label:acme.example/region}',
  team: '{label:acme.example/team}',
}
const byName: MappingRule = {
  name: 'by-name',
  when: { name: '^(?<service>.+)-(?<environment>dev|staging|prod)$' },
  service: '{name:service}',
  environment: '{name:environment}',
}
const environments = ['dev', 'staging', 'prod']

const app = (more: Partial<Mappable> = {}): Mappable => ({
  name: 'checkout-prod',
  namespace: 'argocd',
  labels: {},
  annotations: {},
  project: 'shop',
  owner: null,
  destination: { server: 'https://kubernetes.default.svc', name: null, namespace: 'shop-prod' },
  instance: 'main',
  ...more,
})

/** `service/environment/target/team by rule`, or the reason. */
function told(observed: Mappable, rules: MappingRule[]): string {
  const m = mapApplication(observed, rules, environments)
  return m.mapped
    ? `${[m.service, m.environment, m.target, m.team].filter(Boolean).join('/')} by ${m.rule}`
    : m.reason
}

const both = { 'acme.example/service': 'checkout', 'acme.example/env': 'prod' }
const rule = (when: MappingRule['when'], more: Partial<MappingRule> = {}): MappingRule => ({
  name: 'r',
  when,
  service: 'svc',
  environment: 'prod',
  ...more,
})

test.each<[string, Mappable, MappingRule[], string]>([
  ['labels', app({ labels: both }), [labels], 'checkout/prod by labels'],
  [
    'all labels',
    app({ labels: { ...both, 'acme.example/region': 'eu', 'acme.example/team': 'shop' } }),
    [labels],
    'checkout/prod/eu/shop by labels',
  ],
  [
    'the first rule wins',
    app({ labels: { ...both, 'acme.example/service': 'till' } }),
    [labels, byName],
    'till/prod by labels',
  ],
  [
    'the second rule, when the first has no conditions to hold',
    app(),
    [labels, byName],
    'checkout/prod by by-name',
  ],
  ['a greedy name', app({ name: 'shop-dev-prod' }), [byName], 'shop-dev/prod by by-name'],
  [
    'no rule',
    app({ name: 'thing' }),
    [labels, byName],
    'no rule matches: it has no label acme.example/service (rule labels); its name does not fit ^(?<service>.+)-(?<environment>dev|staging|prod)$ (rule by-name)',
  ],
  ['no rules', app(), [], 'no rule matches: there are none'],
  [
    'a label missing that the rule needs',
    app({ labels: { 'acme.example/service': 'checkout' } }),
    [labels, byName],
    'rule labels finds no environment: it has no label acme.example/env',
  ],
  [
    'an environment that is not configured',
    app({ labels: { ...both, 'acme.example/env': 'qa' } }),
    [labels, byName],
    'environment “qa” of rule labels is not in the configured list: dev, staging, prod',
  ],
  [
    'an empty label',
    app({ labels: { ...both, 'acme.example/service': '' } }),
    [labels],
    'no rule matches: it has no label acme.example/service (rule labels)',
  ],
  [
    'a label with a value',
    app({ labels: both }),
    [rule({ label: 'acme.example/env=prod' })],
    'svc/prod by r',
  ],
  [
    'a label with another value',
    app({ labels: both }),
    [rule({ label: 'acme.example/env=dev' })],
    'no rule matches: its label acme.example/env is “prod”, not “dev” (rule r)',
  ],
  [
    'a label named like a method',
    app(),
    [rule({ label: 'constructor' })],
    'no rule matches: it has no label constructor (rule r)',
  ],
  [
    'an annotation',
    app({ annotations: { team: 'Shop team' } }),
    [rule({ annotation: 'team' }, { service: '{annotation:team}' })],
    'Shop team/prod by r',
  ],
  [
    'an annotation that is no name',
    app({ annotations: { team: 'a\u202eb' } }),
    [rule({ annotation: 'team' }, { service: '{annotation:team}' })],
    'the service that rule r finds is not a name',
  ],
  [
    'an ApplicationSet',
    app({ owner: { kind: 'ApplicationSet', name: 'shop' } }),
    [rule({ applicationSet: 'sh*' }, { service: '{applicationSet}' })],
    'shop/prod by r',
  ],
  [
    'another owner',
    app({ owner: { kind: 'Application', name: 'shop' } }),
    [rule({ applicationSet: '*' })],
    'no rule matches: no ApplicationSet owns it (rule r)',
  ],
  [
    'a project',
    app(),
    [rule({ project: 'pay*' })],
    'no rule matches: its project is “shop”, not “pay*” (rule r)',
  ],
  [
    'a destination',
    app(),
    [
      rule(
        { destination: { namespace: 'shop-*' } },
        { service: '{destination:namespace}-{project}-{instance}-{namespace}' },
      ),
    ],
    'shop-prod-shop-main-argocd/prod by r',
  ],
  [
    'a destination without name',
    app(),
    [rule({ destination: { name: 'eu' } })],
    'no rule matches: it has no destination name (rule r)',
  ],
  [
    'all conditions must hold',
    app({ labels: both }),
    [rule({ label: 'acme.example/env', project: 'x' })],
    'no rule matches: its project is “shop”, not “x” (rule r)',
  ],
  [
    'a group that took no part',
    app({ name: 'a' }),
    [rule({ name: '^a(?<x>b)?$' }, { service: '{name:x}' })],
    'rule r finds no service: it has no group in its name called x',
  ],
])('%s', (_, observed, rules, expected) => {
  expect(told(observed, rules)).toBe(expected)
})

test('a rule that the configuration should have refused is a bug, not a mapping', () => {
  expect(() => told(app(), [rule({ name: '(' })])).toThrow(TypeError)
})

test('configured rules are what mapping takes', () => {
  const configured: readonly MappingRule[] = [] as Config['catalog']['rules']
  expect(configured).toEqual([])
})

describe('every recorded application', () => {
  const places = [
    '../../sandbox/recordings/argocd/applications/',
    '../../../shared/recordings/argocd/applications/',
  ]
  const recorded = places.map((place) => new URL(place, import.meta.url)).find((place) => existsSync(place))
  if (!recorded) throw new Error('the recordings of Argo CD are not here')
  const schema = z.object({
    metadata: z.object({
      name: z.string(),
      namespace: z.string(),
      labels: z.record(z.string(), z.string()).default({}),
      annotations: z.record(z.string(), z.string()).default({}),
      ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
    }),
    spec: z.object({
      project: z.string(),
      destination: z.object({ server: z.string().optional(), namespace: z.string().optional() }),
    }),
  })
  const body = z.object({ response: z.object({ body: z.unknown() }) })
  const applications = readdirSync(recorded).flatMap((file) => {
    const answer = body.parse(JSON.parse(readFileSync(new URL(file, recorded), 'utf8'))).response.body
    const list = z.object({ items: z.array(z.unknown()) }).safeParse(answer)
    return (list.success ? list.data.items : [answer]).flatMap((item) => {
      const parsed = schema.safeParse(item)
      if (!parsed.success) return []
      const { metadata, spec } = parsed.data
      return [app({ ...metadata, owner: metadata.ownerReferences[0] ?? null, ...spec })]
    })
  })

  test('is mapped by its labels as by its name; the one without labels is not', () => {
    expect(new Set(applications.map((a) => a.name)).size).toBeGreaterThanOrEqual(26)
    for (const a of applications) {
      const mapping = mapApplication(a, [labels], environments)
      if (a.name === 'unlabelled-thing')
        expect(mapping).toEqual({
          mapped: false,
          reason: 'no rule matches: it has no label acme.example/service (rule labels)',
        })
      else {
        expect(mapping, a.name).toMatchObject({ mapped: true, rule: 'labels' })
        if (mapping.mapped) expect(`${mapping.service}-${mapping.environment}`).toBe(a.name)
        expect(mapApplication(a, [byName], environments)).toMatchObject({ mapped: true, rule: 'by-name' })
      }
    }
  })
})
