import { z } from 'zod'
import type { Masker } from '#lib/manifests/mask.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { problemsOf } from './answer.ts'
import { keyOf } from './application.ts'

/**
 * ApplicationSets and AppProjects as Argo CD answers them, parsed at the door. The whole `spec` is kept, masked, because
 * people read it as text; what rules look at is parsed, and what they do not know stays in the text.
 */

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null)
const words = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value === true)
const moment = z.iso
  .datetime({ offset: true })
  .nullish()
  .transform((value): Instant | null => (value ? instant(value) : null))
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? [])
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? [])
const maybe = <T extends z.ZodType>(item: T) => item.nullish().transform((value) => value ?? null)

const metadata = z.object({ name: z.string().min(1), namespace: words, uid: text })

/** The specification as it came; nested structures of any kind. */
export type Tree = { [name: string]: unknown }
const tree = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value): Tree => value ?? {})

const setSchema = z.object({
  metadata,
  spec: tree,
  status: maybe(
    z.object({
      conditions: listOf(
        z.object({ type: words, status: words, reason: text, message: words, lastTransitionTime: moment }),
      ),
      applicationStatus: listOf(
        z.object({
          application: z.string(),
          status: words,
          // Swagger and recordings say text; older versions wrote a number.
          step: z
            .union([z.string(), z.number()])
            .nullish()
            .transform((value) => (value == null ? null : String(value))),
          message: words,
          lastTransitionTime: moment,
          targetRevisions: texts,
        }),
      ),
      resources: listOf(
        z.object({
          kind: text,
          namespace: words,
          name: z.string(),
          status: text,
          health: maybe(z.object({ status: text })),
        }),
      ),
      resourcesCount: z
        .number()
        .nullish()
        .transform((value) => value ?? null),
    }),
  ),
})

export type SetCondition = {
  type: string
  status: string
  reason: string | null
  message: string
  since: Instant | null
}
/** Where an application stands in a rolling sync, in Argo CD's words. `step` counts from 1. */
export type RolloutEntry = {
  application: string
  status: string
  step: string | null
  message: string
  since: Instant | null
  targetRevisions: string[]
}
/** An ApplicationSet, secrets masked. `listed` are the applications that it says it generates. */
export type ObservedSet = {
  name: string
  namespace: string
  uid: string | null
  /** As its template says it; may hold a placeholder. */
  project: string
  spec: Tree
  conditions: SetCondition[]
  rollout: RolloutEntry[]
  listed: string[]
  /** All it generates; more than `listed` when Argo CD cut that list. */
  listedCount: number
}

const windowSchema = z.object({
  kind: words,
  schedule: words,
  duration: words,
  applications: texts,
  namespaces: texts,
  clusters: texts,
  manualSync: flag,
  andOperator: flag,
  timeZone: text,
  description: text,
  syncOverrun: flag,
})
export type SyncWindow = z.output<typeof windowSchema>

const kindSchema = z.object({ group: words, kind: words, name: text })
const roleSchema = z.object({
  name: words,
  description: text,
  policies: texts,
  groups: texts,
  jwtTokens: listOf(z.object({ iat: z.number().nullish(), exp: z.number().nullish() })),
})
const specSchema = z.object({
  description: text,
  sourceRepos: texts,
  sourceNamespaces: texts,
  destinations: listOf(z.object({ server: text, name: text, namespace: text })),
  permitOnlyProjectScopedClusters: flag,
  clusterResourceWhitelist: listOf(kindSchema),
  clusterResourceBlacklist: listOf(kindSchema),
  // Absent means all kinds, an empty list means none.
  namespaceResourceWhitelist: maybe(z.array(kindSchema)),
  namespaceResourceBlacklist: listOf(kindSchema),
  destinationServiceAccounts: listOf(
    z.object({ server: text, namespace: text, defaultServiceAccount: text }),
  ),
  orphanedResources: maybe(
    z.object({ warn: z.boolean().nullish(), ignore: listOf(kindSchema.extend({ name: text })) }),
  ),
  signatureKeys: listOf(z.object({ keyID: words })),
  sourceIntegrity: maybe(
    z.object({
      git: maybe(
        z.object({
          policies: listOf(
            z.object({
              repos: listOf(z.object({ url: words })),
              gpg: maybe(z.object({ mode: text, keys: texts })),
            }),
          ),
        }),
      ),
    }),
  ),
  roles: listOf(roleSchema),
  syncWindows: listOf(windowSchema),
})
export type ProjectSpec = z.output<typeof specSchema>
export type ProjectRole = ProjectSpec['roles'][number]
export type ResourceKind = z.output<typeof kindSchema>

const projectSchema = z.object({ metadata, spec: specSchema })

/** An AppProject, secrets in texts masked. Tokens of its roles count only; Argo CD does not send them. */
export type ObservedProject = { name: string; uid: string | null; spec: ProjectSpec }

/** One that could not be read keeps its name and says why. */
export type Unread = { name: string; namespace: string; problem: string }
export type Observed<T> = { observed: T[]; unread: Unread[] }

function gather<S extends z.ZodType, T>(
  items: readonly unknown[],
  schema: S,
  map: (parsed: z.output<S>) => T,
): Observed<T> {
  const all: Observed<T> = { observed: [], unread: [] }
  for (const item of items) {
    const parsed = schema.safeParse(item)
    const key = keyOf(item)
    if (parsed.success) all.observed.push(map(parsed.data))
    else
      all.unread.push({
        name: key?.name ?? '',
        namespace: key?.namespace ?? '',
        problem: `not understood: ${problemsOf(parsed.error)}`,
      })
  }
  return all
}

const record = (value: unknown): Tree =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Tree) : {}

/** What a template says its applications' project is. */
const projectOf = (spec: Tree): string => {
  const { project } = record(record(spec.template).spec)
  return typeof project === 'string' ? project : ''
}

export function observeSets(items: readonly unknown[], masker: Masker): Observed<ObservedSet> {
  return gather(items, setSchema, ({ metadata, spec, status }) => {
    const listed = (status?.resources ?? []).filter((each) => !each.kind || each.kind === 'Application')
    return {
      ...metadata,
      project: projectOf(spec),
      spec: masker.tree(spec, 'applicationset'),
      conditions: (status?.conditions ?? []).map(({ lastTransitionTime, message, ...rest }) => ({
        ...rest,
        message: masker.text(message),
        since: lastTransitionTime,
      })),
      rollout: (status?.applicationStatus ?? []).map(({ lastTransitionTime, message, ...rest }) => ({
        ...rest,
        message: masker.text(message),
        since: lastTransitionTime,
      })),
      listed: listed.map((each) => each.name),
      listedCount: Math.max(status?.resourcesCount ?? 0, listed.length),
    }
  })
}

export function observeProjects(items: readonly unknown[], masker: Masker): Observed<ObservedProject> {
  return gather(items, projectSchema, ({ metadata, spec }) => ({
    name: metadata.name,
    uid: metadata.uid,
    spec: masker.tree(spec, 'project'),
  }))
}
