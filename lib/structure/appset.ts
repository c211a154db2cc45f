import type { ObservedSet, RolloutEntry, SetCondition, Tree } from '#lib/argocd/structure.ts'
import { matchesGlob } from '#lib/platform/pattern.ts'
import { expressionWords, list, record, text } from './generator.ts'

/** An application as rules about its set look at it. */
export type OwnedApplication = {
  name: string
  project: string
  labels: Record<string, string>
  destination: { server: string | null; name: string | null; namespace: string | null }
  sources: readonly Tree[]
  deleting: boolean
}

/** A field that the template cannot have written so. */
export type FieldDifference = { field: string; template: string; application: string }

/** Why an application is no longer as the pattern says. */
export type Fallen = { why: string; remedy: string; differences: FieldDifference[] }

const placeholder = /\{\{[\s\S]*?\}\}/

/** Whether a template's text can have become this value: what stands around its placeholders must be there. */
function canBecome(template: string, value: string): boolean {
  // Masked parts differ by where they stood, and a star of its own would be taken for a placeholder.
  if (/[«*]/.test(template) || value.includes('«')) return true
  return placeholder.test(template)
    ? matchesGlob(template.split(new RegExp(placeholder, 'g')).join('*'), value)
    : template === value
}

/** A project that is named, not made by a placeholder: every application of the set is in it. */
export const namesProject = (project: string): boolean => project !== '' && !placeholder.test(project)

const hasLeaf = (value: unknown): boolean =>
  value !== null && typeof value === 'object' ? Object.values(value).some(hasLeaf) : Boolean(value)

/** Generators may bring a template of their own, which then writes the fields. */
const overridden = (generator: unknown): boolean =>
  Object.values(record(generator)).some(
    (body) => hasLeaf(record(body).template) || list(record(body).generators).some(overridden),
  )

/** The fields of a template that every application of it has, as pairs of what is said and what is. */
function fieldsOf(template: Tree, app: OwnedApplication): [string, unknown, string | null][] {
  const { metadata, spec } = template
  const { destination, source, sources, project } = record(spec)
  const said = list(sources).length > 0 ? list(sources) : source === undefined ? [] : [source]
  const compared = said.length === app.sources.length ? said : []
  const labels = Object.entries(record(record(metadata).labels))
  return [
    ['project', project, app.project],
    ...(['server', 'name', 'namespace'] as const).map((key): [string, unknown, string | null] => [
      `destination ${key}`,
      record(destination)[key],
      app.destination[key],
    ]),
    ...compared.flatMap((each, at) =>
      ['repoURL', 'path', 'chart', 'targetRevision'].map((key): [string, unknown, string | null] => [
        compared.length > 1 ? `source ${at + 1} ${key}` : `source ${key}`,
        record(each)[key],
        text(app.sources[at]?.[key]),
      ]),
    ),
    ...labels.map(([key, value]): [string, unknown, string | null] => [
      `label ${key}`,
      value,
      app.labels[key] ?? null,
    ]),
  ]
}

/**
 * Fields in which an application is not what the template can have written. Placeholders are not filled in: only what
 * stands around them is compared. Fields that a `templatePatch` speaks of are left aside.
 */
export function differences(spec: Tree, app: OwnedApplication): FieldDifference[] {
  if (list(spec.generators).some(overridden)) return []
  const patch = text(spec.templatePatch)
  return fieldsOf(record(spec.template), app).flatMap(([field, said, is]) => {
    const key = field.split(' ').at(-1) ?? field
    if (typeof said !== 'string' || said === '' || patch.includes(key)) return []
    return canBecome(said, is ?? '') ? [] : [{ field, template: said, application: is ?? '' }]
  })
}

const policyOf = (spec: Tree) => text(record(spec.syncPolicy).applicationsSync) || 'sync'

const failedCondition = (set: ObservedSet) =>
  set.conditions.find(
    ({ type, status }) =>
      (type === 'ErrorOccurred' && status === 'True') ||
      (['ParametersGenerated', 'ResourcesUpToDate'].includes(type) && status === 'False'),
  )

/** Whether and why an application that this set owns has fallen out of its pattern; null when it has not. */
export function fallen(set: ObservedSet, app: OwnedApplication): Fallen | null {
  const found = differences(set.spec, app)
  const cut = set.listedCount > set.listed.length
  if (!cut && !set.listed.includes(app.name)) return { ...whyUnlisted(set, app), differences: found }
  if (found.length === 0) return null
  const keeps = ['create-only', 'create-delete'].includes(policyOf(set.spec))
  const failed = failedCondition(set)
  return {
    why: keeps
      ? `The policy ${policyOf(set.spec)} lets applications differ once they are there.`
      : failed
        ? `The set does not bring its applications up to date: ${failed.message}`
        : 'It differs from the template, and the set has not put it back.',
    remedy: keeps
      ? 'Change it in Git and by hand here, or set applicationsSync to sync.'
      : failed
        ? conditionRemedy(failed)
        : 'Wait for the next round of the ApplicationSet controller; look whether ignoreApplicationDifferences leaves it so.',
    differences: found,
  }
}

function whyUnlisted(set: ObservedSet, app: OwnedApplication): Pick<Fallen, 'why' | 'remedy'> {
  const failed = failedCondition(set)
  if (app.deleting)
    return { why: 'The pattern no longer gives it, and Argo CD is deleting it.', remedy: 'Nothing to do.' }
  if (failed)
    return {
      why: `The set could not work out its applications: ${failed.message}`,
      remedy: conditionRemedy(failed),
    }
  const policy = policyOf(set.spec)
  if (policy === 'create-only' || policy === 'create-update')
    return {
      why: `The pattern no longer gives it; the policy ${policy} keeps it.`,
      remedy: 'Delete it in Argo CD if it is not wanted, or let the pattern give it again.',
    }
  return {
    why: 'The pattern no longer gives it, and it is still there.',
    remedy: 'Delete it in Argo CD if it is not wanted, or let the pattern give it again.',
  }
}

const remedies: Record<string, string> = {
  ApplicationParamsGenerationError:
    'Look at the generators: a repository, a cluster or an element cannot be read.',
  RenderTemplateParamsError:
    'Look at the template: a placeholder names a parameter that the generators do not give.',
  ApplicationValidationError:
    'Look at the template: project, destination or source is not allowed or not complete.',
  CreateApplicationError: 'Look at the rights of the ApplicationSet controller and at admission policies.',
  UpdateApplicationError: 'Look at the rights of the ApplicationSet controller and at admission policies.',
  DeleteApplicationError: 'Look at finalizers of the application that should go.',
  SyncApplicationError: 'Look at the conditions of the application that could not be synced.',
}

export function conditionRemedy({ reason }: Pick<SetCondition, 'reason'>): string {
  return remedies[reason ?? ''] ?? 'Look at the log of the ApplicationSet controller.'
}

/** Whether a condition says that something is wrong. One that we do not know says nothing of the kind. */
export const isTrouble = ({ type, status }: SetCondition): boolean =>
  type === 'ErrorOccurred'
    ? status === 'True'
    : ['ParametersGenerated', 'ResourcesUpToDate'].includes(type) && status === 'False'

/** One step of a rolling sync: what it takes, how many at once, and where each application stands. */
export type Step = { n: number; takes: string; atOnce: string; byHand: boolean; entries: RolloutEntry[] }

/** The steps of a RollingSync, and what Argo CD puts in no step of it; null when all are synced at once. */
export function stepsOf(set: ObservedSet): { steps: Step[]; none: RolloutEntry[] } | null {
  const { type, rollingSync } = record(set.spec.strategy)
  if (type !== 'RollingSync') return null
  const steps = list(record(rollingSync).steps).map((each, at): Step => {
    const { matchExpressions, maxUpdate } = record(each)
    const takes = list(matchExpressions).map((one) => expressionWords(record(one)))
    const byHand = [0, '0', '0%'].includes(maxUpdate as number | string)
    return {
      n: at + 1,
      takes: takes.join(' and ') || 'every application',
      atOnce: byHand
        ? 'none by itself'
        : maxUpdate === undefined
          ? 'all at once'
          : `${String(maxUpdate)} at once`,
      byHand,
      entries: set.rollout.filter((entry) => entry.step === String(at + 1)),
    }
  })
  const known = new Set(steps.map(({ n }) => String(n)))
  return { steps, none: set.rollout.filter(({ step }) => !known.has(step ?? '')) }
}

const policies: Record<string, string> = {
  sync: 'creates, updates and deletes its applications',
  'create-only': 'creates its applications, and neither updates nor deletes them',
  'create-update': 'creates and updates its applications, and never deletes them',
  'create-delete': 'creates and deletes its applications, and never updates them',
}

/** What the set does with its applications, in words. */
export function policyWords(spec: Tree): string {
  const policy = policyOf(spec)
  const kept = record(spec.syncPolicy).preserveResourcesOnDeletion === true
  const what = policies[policy] ?? `has the policy ${policy}, which we do not know`
  return kept ? `${what}; what they deployed stays when they go` : what
}
