import { z } from 'zod'
import { compilePattern } from './pattern.ts'
import { parseTemplate } from './template.ts'

/** Something wrong at a path; `found` is worded by the caller from the file when it is not given. */
export type Finding = { path: (string | number)[]; allowed: string; found?: string }

// Read leniently: these checks run beside the schema, so that all errors are told at once.
const lenient = <T extends z.ZodType>(schema: T) =>
  z.array(schema.or(z.unknown().transform(() => undefined))).catch([])
const texts = lenient(z.string())
const named = lenient(z.object({ name: z.string() }))
const demanded = lenient(z.object({ group: z.string() }))
const shape = z.object({
  instances: named,
  catalog: z
    .object({
      environments: lenient(z.object({ name: z.string(), protected: z.unknown().optional() })).optional(),
      rules: lenient(
        z.looseObject({
          name: z.string().optional(),
          when: z.object({ name: z.string().optional() }).optional().catch(undefined),
        }),
      ),
    })
    .catch({ rules: [] }),
  access: z
    .object({
      grants: lenient(z.object({ environments: texts })),
      pipelines: lenient(z.object({ trust: lenient(z.object({ environments: texts })) })),
    })
    .catch({ grants: [], pipelines: [] }),
  policies: lenient(
    z.object({
      environments: texts,
      services: texts.optional(),
      projects: texts.optional(),
      groups: demanded,
      rollback: z.object({ groups: demanded }).optional().catch(undefined),
    }),
  ),
})
type Shape = z.output<typeof shape>

function duplicates(
  at: (string | number)[],
  list: ({ name?: string | undefined } | undefined)[],
  noun: string,
): Finding[] {
  const seen = new Map<string, number>()
  return list.flatMap((item, index) => {
    if (item?.name === undefined) return []
    const first = seen.get(item.name)
    if (first === undefined) seen.set(item.name, index)
    return first === undefined
      ? []
      : [
          {
            path: [...at, index, 'name'],
            allowed: `a name that no other ${noun} has; ${[...at].join('.')}[${first}] has it already`,
          },
        ]
  })
}

const sources = [
  'label',
  'annotation',
  'name',
  'applicationSet',
  'project',
  'namespace',
  'destination',
  'instance',
]
const bare = ['applicationSet', 'project', 'namespace', 'instance']

function referenceProblem(template: string, groups: readonly string[]): string | undefined {
  const parsed = parseTemplate(template)
  if (!parsed.ok) return parsed.refusal
  for (const part of parsed.value) {
    if (typeof part === 'string') continue
    if (!sources.includes(part.from)) return `references to ${sources.join(', ')}`
    if (bare.includes(part.from) !== (part.key === undefined))
      return bare.includes(part.from) ? `{${part.from}} without a key` : `{${part.from}:…} with a key`
    if (part.from === 'name' && !groups.includes(part.key ?? ''))
      return groups.length > 0
        ? `a group of when.name: ${groups.join(', ')}`
        : 'a named group, which when.name does not have'
    if (part.from === 'destination' && !['server', 'name', 'namespace'].includes(part.key ?? ''))
      return '{destination:server}, {destination:name} or {destination:namespace}'
  }
  return undefined
}

function ruleFindings(rules: Shape['catalog']['rules']): Finding[] {
  return rules.flatMap((rule, index): Finding[] => {
    if (!rule) return []
    const at = ['catalog', 'rules', index]
    const pattern = rule.when?.name === undefined ? undefined : compilePattern(rule.when.name)
    if (pattern && !pattern.ok) return [{ path: [...at, 'when', 'name'], allowed: pattern.refusal }]
    const groups = pattern?.ok ? pattern.value.groups : []
    return ['service', 'environment', 'target', 'team', 'tier'].flatMap((key) => {
      const template = rule[key]
      const allowed = typeof template === 'string' ? referenceProblem(template, groups) : undefined
      return allowed ? [{ path: [...at, key], allowed }] : []
    })
  })
}

function unknownEnvironments(
  at: (string | number)[],
  list: (string | undefined)[],
  known: string[],
): Finding[] {
  return list.flatMap((name, index) =>
    name === undefined || known.includes(name)
      ? []
      : [{ path: [...at, index], allowed: `an environment of catalog.environments: ${known.join(', ')}` }],
  )
}

function groupsTwice(
  at: (string | number)[],
  groups: ({ group?: string | undefined } | undefined)[],
): Finding[] {
  const named = groups.map((each) => each?.group)
  return groups.flatMap((each, index): Finding[] =>
    each && named.indexOf(each.group) < index
      ? [
          {
            path: [...at, index, 'group'],
            allowed: 'each group once, with the number of people it needs',
          },
        ]
      : [],
  )
}

function policyFindings(policies: Shape['policies']): Finding[] {
  const everything = (list: (string | undefined)[] | undefined) => list === undefined || list.includes('*')
  return policies.flatMap((policy, index): Finding[] => {
    if (!policy) return []
    const twice = [
      ...groupsTwice(['policies', index, 'groups'], policy.groups),
      ...groupsTwice(['policies', index, 'rollback', 'groups'], policy.rollback?.groups ?? []),
    ]
    const shadowedBy = policies.findIndex(
      (earlier, at) =>
        at < index &&
        earlier &&
        everything(earlier.services) &&
        everything(earlier.projects) &&
        policy.environments.every((name) => earlier.environments.includes(name)),
    )
    if (shadowedBy < 0 || policy.environments.length === 0) return twice
    const allowed = `a place before policies[${shadowedBy}], which matches first and leaves nothing for this one`
    return [...twice, { path: ['policies', index], allowed, found: 'a policy that never applies' }]
  })
}

/** What must agree across the file: names, environments, patterns, references, order of policies. */
export function crossCheck(data: unknown): Finding[] {
  const parsed = shape.safeParse(data)
  if (!parsed.success) return []
  const { instances, catalog, access, policies } = parsed.data
  const environments = catalog.environments
  const known = (environments ?? [{ name: 'dev' }, { name: 'staging' }, { name: 'prod' }]).flatMap((item) =>
    item ? [item.name] : [],
  )
  const unprotected =
    environments !== undefined && environments.length > 0 && !environments.some((item) => item?.protected)
  return [
    ...duplicates(['instances'], instances, 'instance'),
    ...duplicates(['catalog', 'environments'], environments ?? [], 'environment'),
    ...duplicates(['catalog', 'rules'], catalog.rules, 'rule'),
    ...(unprotected
      ? [
          {
            path: ['catalog', 'environments'],
            found: 'no protected environment',
            allowed: 'at least one with protected: true',
          },
        ]
      : []),
    ...ruleFindings(catalog.rules),
    ...access.grants.flatMap((grant, index) =>
      unknownEnvironments(['access', 'grants', index, 'environments'], grant?.environments ?? [], known),
    ),
    ...access.pipelines.flatMap((pipeline, index) =>
      (pipeline?.trust ?? []).flatMap((trust, place) =>
        unknownEnvironments(
          ['access', 'pipelines', index, 'trust', place, 'environments'],
          trust?.environments ?? [],
          known,
        ),
      ),
    ),
    ...policies.flatMap((policy, index) =>
      unknownEnvironments(['policies', index, 'environments'], policy?.environments ?? [], known),
    ),
    ...policyFindings(policies),
  ]
}
