import { keyOfResource, type Listed, type ListedResult } from '#lib/argocd/listed.ts'

export type Resource = {
  key: string
  /** With its group where it has one: `Deployment`, `Certificate (cert-manager.io)`. */
  kind: string
  namespace: string
  name: string
  /** Argo CD's word; empty for hooks, which are not compared. */
  sync: string
  /** Argo CD's word; null for kinds without health, or while the watch has not said any. */
  health: string | null
  message: string
  hook: boolean
  prune: boolean
  confirmDeletion: boolean
  wave: number
}

/** Groups of Kubernetes itself say nothing to anybody. */
const builtIn = /^(apps|batch|autoscaling|policy|extensions|.*\.k8s\.io)?$/
const kindOf = (group: string, kind: string) => (builtIn.test(group) ? kind : `${kind} (${group})`)

/** What is stored, put together: health by key. */
export function resourcesOf({ resources, health }: Pick<Listed, 'resources' | 'health'>): Resource[] {
  return resources.map((each) => {
    const [group, kind, namespace, name, sync, flags, wave] = each
    const key = keyOfResource(each)
    const [status, message] = health?.[key] ?? [null, '']
    return {
      ...{ key, kind: kindOf(group, kind), namespace, name, sync, health: status, message, wave },
      hook: flags.includes('h'),
      prune: flags.includes('p'),
      confirmDeletion: flags.includes('d'),
    }
  })
}

const healthRank: Record<string, number> = {
  Degraded: 0,
  Missing: 1,
  Unknown: 2,
  Progressing: 3,
  Suspended: 4,
}
const calm = 9
/** Lower is worse. Words that we do not know stand with trouble: nobody can tell that they are none. */
const rankOf = ({ health, sync, hook, prune, confirmDeletion }: Resource): number => {
  const ill = health === null || health === 'Healthy' ? calm : (healthRank[health] ?? 2)
  const off = !hook && (sync !== 'Synced' || prune || confirmDeletion)
  return Math.min(ill, off ? 5 : calm)
}

/** Ill, or not as Git wants it. */
export const isTrouble = (resource: Resource): boolean => rankOf(resource) < calm

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const byTrouble = (a: Resource, b: Resource) =>
  rankOf(a) - rankOf(b) || byText(a.kind, b.kind) || byText(a.name, b.name) || byText(a.key, b.key)

/** Those whose health is not what it should be, the worst first. */
export const illOf = (all: readonly Resource[]): Resource[] =>
  all.filter(({ health }) => health !== null && health !== 'Healthy').sort(byTrouble)

export type ResourceFilter = { q?: string | undefined; kind?: string | undefined; from?: number | undefined }
export type KindTally = { kind: string; total: number; trouble: number }
export type ResourcePage = {
  kinds: KindTally[]
  total: number
  trouble: number
  /** How many fit the filter; `rows` are some of them, trouble first, from `from` (0 is the first) on. */
  found: number
  from: number
  rows: Resource[]
}

export const resourcesMax = 100

/** One page of resources, trouble first, with how many there are of each kind. */
export function resourcePage(all: readonly Resource[], filter: ResourceFilter): ResourcePage {
  const tallies = new Map<string, KindTally>()
  for (const each of all) {
    const tally = tallies.get(each.kind) ?? { kind: each.kind, total: 0, trouble: 0 }
    tallies.set(each.kind, {
      ...tally,
      total: tally.total + 1,
      trouble: tally.trouble + (isTrouble(each) ? 1 : 0),
    })
  }
  const q = filter.q?.toLowerCase()
  const fits = all.filter(
    ({ kind, namespace, name, health, sync, message }) =>
      (filter.kind === undefined || kind === filter.kind) &&
      (!q ||
        [kind, namespace, name, health ?? '', sync, message].some((text) => text.toLowerCase().includes(q))),
  )
  const from = Math.max(
    0,
    Math.min(filter.from ?? 0, Math.floor((fits.length - 1) / resourcesMax) * resourcesMax),
  )
  return {
    kinds: [...tallies.values()].sort((a, b) => b.trouble - a.trouble || byText(a.kind, b.kind)),
    total: all.length,
    trouble: all.filter(isTrouble).length,
    found: fits.length,
    from,
    rows: fits.sort(byTrouble).slice(from, from + resourcesMax),
  }
}

/** One step of an operation: a hook, or a resource that was applied. */
export type Step = {
  key: string
  kind: string
  name: string
  namespace: string
  /** `PreSync`, `Sync`, `PostSync`…; the wave where it is not 0. */
  phase: string
  wave: number
  hook: boolean
  /** Argo CD's word: the phase of a hook, the result of a resource. */
  result: string
  message: string
}

const phases = ['PreSync', 'Sync', 'PostSync', 'SyncFail']
const phaseRank = (phase: string) => (phases.indexOf(phase) + phases.length + 1) % (phases.length + 1)

/** Results of the operation in the order in which Argo CD goes: phase, then wave. */
export function stepsOf(results: readonly ListedResult[], resources: readonly Resource[]): Step[] {
  const waves = new Map(resources.map(({ key, wave }) => [key, wave]))
  return results
    .map((each, at): Step => {
      const [group, kind, namespace, name, status, message, hookType, hookPhase, syncPhase] = each
      const key = keyOfResource(each)
      return {
        ...{ key: `${at} ${key}`, kind: kindOf(group, kind), name, namespace, message },
        phase: syncPhase || hookType || 'Sync',
        wave: waves.get(key) ?? 0,
        hook: hookType !== '',
        result: (hookType ? hookPhase : status) || status || hookPhase,
      }
    })
    .sort((a, b) => phaseRank(a.phase) - phaseRank(b.phase) || a.wave - b.wave || byText(a.key, b.key))
}

/** Whether a step did not do what it should. */
export const isFailedStep = ({ result }: Step): boolean => ['SyncFailed', 'Failed', 'Error'].includes(result)
