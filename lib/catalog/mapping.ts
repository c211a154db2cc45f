import { compilePattern, matchesGlob, type Pattern } from '#lib/platform/pattern.ts'
import { fillTemplate, parseTemplate, type Reference, type Template } from '#lib/platform/template.ts'

/** What mapping looks at; an observed Application has all of it. */
export type Mappable = {
  name: string
  namespace: string
  labels: Record<string, string>
  annotations: Record<string, string>
  project: string
  owner?: { kind: string; name: string } | null
  destination: {
    server?: string | null | undefined
    name?: string | null | undefined
    namespace?: string | null | undefined
  }
  /** Name of the Argo CD instance. */
  instance?: string
}

/** One rule of `catalog.rules`; what it may say is in lib/platform/config-schema.ts. */
export type MappingRule = {
  name: string
  when: {
    label?: string | undefined
    annotation?: string | undefined
    applicationSet?: string | undefined
    name?: string | undefined
    project?: string | undefined
    destination?:
      | { server?: string | undefined; name?: string | undefined; namespace?: string | undefined }
      | undefined
  }
  service: string
  environment: string
  target?: string | undefined
  team?: string | undefined
  tier?: string | undefined
}

export type Mapping =
  | {
      mapped: true
      rule: string
      service: string
      environment: string
      target?: string
      team?: string
      tier?: string
    }
  | { mapped: false; reason: string }

type Groups = Record<string, string>
const parts = ['service', 'environment', 'target', 'team', 'tier'] as const
type Part = (typeof parts)[number]
type Compiled = { pattern?: Pattern; templates: Partial<Record<Part, Template>> }

// A rule is compiled once and used for every application of every sweep.
const compiledRules = new WeakMap<MappingRule, Compiled>()

function compiled(rule: MappingRule): Compiled {
  const known = compiledRules.get(rule)
  if (known) return known
  const templates: Compiled['templates'] = {}
  for (const key of parts) {
    const template = rule[key] === undefined ? undefined : parseTemplate(rule[key])
    if (template && !template.ok) throw new TypeError(`rule ${rule.name}, ${key}: not ${template.refusal}`)
    if (template) templates[key] = template.value
  }
  const pattern = rule.when.name === undefined ? undefined : compilePattern(rule.when.name)
  if (pattern && !pattern.ok) throw new TypeError(`rule ${rule.name}, when.name: not ${pattern.refusal}`)
  const result = pattern ? { pattern: pattern.value, templates } : { templates }
  compiledRules.set(rule, result)
  return result
}

/** `key` or `key=value` against labels or annotations: why it does not hold, or undefined. */
function missing(
  noun: string,
  condition: string | undefined,
  values: Record<string, string>,
): string | undefined {
  if (condition === undefined) return undefined
  const at = condition.indexOf('=')
  const key = at < 0 ? condition : condition.slice(0, at)
  const value = Object.hasOwn(values, key) ? values[key] : undefined
  if (!value) return `it has no ${noun} ${key}`
  return at < 0 || value === condition.slice(at + 1)
    ? undefined
    : `its ${noun} ${key} is “${value}”, not “${condition.slice(at + 1)}”`
}

function differs(
  noun: string,
  glob: string | undefined,
  value: string | null | undefined,
): string | undefined {
  if (glob === undefined || (value && matchesGlob(glob, value))) return undefined
  return value ? `its ${noun} is “${value}”, not “${glob}”` : `it has no ${noun}`
}

/** Why a rule does not match, or the named groups when it does. */
function match(rule: MappingRule, app: Mappable): { groups: Groups } | { why: string } {
  const { when } = rule
  const set = app.owner?.kind === 'ApplicationSet' ? app.owner.name : undefined
  const why =
    missing('label', when.label, app.labels) ??
    missing('annotation', when.annotation, app.annotations) ??
    (when.applicationSet !== undefined && !set
      ? 'no ApplicationSet owns it'
      : differs('ApplicationSet', when.applicationSet, set)) ??
    differs('project', when.project, app.project) ??
    differs('destination server', when.destination?.server, app.destination.server) ??
    differs('destination name', when.destination?.name, app.destination.name) ??
    differs('destination namespace', when.destination?.namespace, app.destination.namespace)
  if (why) return { why }
  const { pattern } = compiled(rule)
  const groups = pattern ? pattern.match(app.name) : {}
  return groups ? { groups } : { why: `its name does not fit ${rule.when.name}` }
}

function lookUp(app: Mappable, groups: Groups, { from, key = '' }: Reference): string | undefined {
  const own = (values: Record<string, string>) => (Object.hasOwn(values, key) ? values[key] : undefined)
  switch (from) {
    case 'label':
      return own(app.labels)
    case 'annotation':
      return own(app.annotations)
    case 'name':
      return own(groups)
    case 'applicationSet':
      return app.owner?.kind === 'ApplicationSet' ? app.owner.name : undefined
    case 'project':
      return app.project
    case 'namespace':
      return app.namespace
    case 'instance':
      return app.instance
    case 'destination':
      return (app.destination as Record<string, string | null | undefined>)[key] ?? undefined
    default:
      return undefined
  }
}

const nouns: Record<string, string> = { name: 'group in its name called', applicationSet: 'ApplicationSet' }
const inWords = ({ from, key }: Reference) => [nouns[from] ?? from, key].filter(Boolean).join(' ')

/** Annotations may hold anything; a service's name stands in tables, addresses and the log. */
const nameLike = /^[^\p{C}\s](?:[^\p{C}]{0,251}[^\p{C}\s])?$/u

/**
 * Which service, environment and target an application is. The first rule whose conditions hold decides, even when
 * it then cannot be filled in: a later, looser rule must not guess. `environments` are the configured names. Never
 * throws for what an application says; throws TypeError for a rule that the configuration should have refused.
 */
export function mapApplication(
  app: Mappable,
  rules: readonly MappingRule[],
  environments: readonly string[],
): Mapping {
  const whys: string[] = []
  for (const rule of rules) {
    const matched = match(rule, app)
    if ('groups' in matched) return apply(rule, app, matched.groups, environments)
    whys.push(`${matched.why} (rule ${rule.name})`)
  }
  return { mapped: false, reason: `no rule matches: ${whys.join('; ') || 'there are none'}` }
}

function apply(rule: MappingRule, app: Mappable, groups: Groups, environments: readonly string[]): Mapping {
  const values: Partial<Record<Part, string>> = {}
  for (const part of parts) {
    const template = compiled(rule).templates[part]
    if (!template) continue
    const filled = fillTemplate(template, (reference) => lookUp(app, groups, reference))
    const needed = part === 'service' || part === 'environment'
    if (filled.ok && nameLike.test(filled.value)) values[part] = filled.value
    else if (needed && filled.ok)
      return { mapped: false, reason: `the ${part} that rule ${rule.name} finds is not a name` }
    else if (needed && !filled.ok)
      return {
        mapped: false,
        reason: `rule ${rule.name} finds no ${part}: it has no ${inWords(filled.missing)}`,
      }
  }
  const { service = '', environment = '', ...rest } = values
  if (environments.includes(environment))
    return { mapped: true, rule: rule.name, service, environment, ...rest }
  const reason = `environment “${environment}” of rule ${rule.name} is not in the configured list: ${environments.join(', ')}`
  return { mapped: false, reason }
}
