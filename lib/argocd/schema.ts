import { z } from 'zod'

/**
 * What Argo CD answers, parsed at the door. Unknown fields are dropped, unknown values of its enumerations
 * are kept as they are, Go's `null` and a missing field are the same, a wrong type is an error with a path.
 */

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null)
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null)
const count = z
  .number()
  .nullish()
  .transform((value) => value ?? null)
const moment = z.iso
  .datetime({ offset: true })
  .nullish()
  .transform((value) => value ?? null)
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? [])
const pairs = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {})

function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((value) => value ?? [])
}
function maybe<T extends z.ZodType>(item: T) {
  return item.nullish().transform((value) => value ?? null)
}

/** The whole struct is kept: what a source says beyond these fields changes what is rendered. */
export const sourceSchema = z.looseObject({
  repoURL: z.string(),
  path: z.string().optional(),
  targetRevision: z.string().optional(),
  chart: z.string().optional(),
  ref: z.string().optional(),
})
export type Source = z.infer<typeof sourceSchema>

const destinationSchema = z.object({ server: text, name: text, namespace: text })
const initiatedBySchema = maybe(z.object({ username: text, automated: flag }))

const operationSchema = z.object({
  sync: maybe(
    z.object({
      revision: text,
      revisions: texts,
      source: maybe(sourceSchema),
      sources: listOf(sourceSchema),
      prune: flag,
      dryRun: flag,
      syncOptions: texts,
      syncStrategy: maybe(z.object({ hook: maybe(z.unknown()), apply: maybe(z.unknown()) })),
      resources: listOf(z.unknown()),
      manifests: listOf(z.unknown()),
    }),
  ),
  initiatedBy: initiatedBySchema,
  info: listOf(z.object({ name: z.string(), value: z.string().default('') })),
  retry: maybe(z.object({ limit: count, refresh: flag })),
})

const operationStateSchema = z.object({
  operation: maybe(operationSchema),
  phase: text,
  message: text,
  startedAt: moment,
  finishedAt: moment,
  retryCount: count,
  syncResult: maybe(
    z.object({
      revision: text,
      revisions: texts,
      source: maybe(sourceSchema),
      sources: listOf(sourceSchema),
      resources: listOf(
        z.object({
          group: text,
          kind: text,
          namespace: text,
          name: text,
          status: text,
          message: text,
          hookType: text,
          hookPhase: text,
          syncPhase: text,
          images: texts,
        }),
      ),
    }),
  ),
})

export const healthSchema = z.object({ status: text, message: text, lastTransitionTime: moment })
export type Health = z.output<typeof healthSchema>

export const applicationSchema = z.object({
  metadata: z.object({
    name: z.string().min(1),
    namespace: text,
    uid: text,
    resourceVersion: text,
    creationTimestamp: moment,
    deletionTimestamp: moment,
    labels: pairs,
    annotations: pairs,
    ownerReferences: listOf(z.object({ kind: text, name: text, uid: text, controller: flag })),
  }),
  spec: maybe(
    z.object({
      project: text,
      destination: maybe(destinationSchema),
      source: maybe(sourceSchema),
      sources: listOf(sourceSchema),
      sourceHydrator: maybe(
        z.object({
          syncSource: z.object({ targetBranch: text, path: text, repoURL: text }),
          drySource: maybe(z.object({ repoURL: text })),
        }),
      ),
      revisionHistoryLimit: count,
      syncPolicy: maybe(
        z.object({
          automated: maybe(z.object({ enabled: flag, prune: flag, selfHeal: flag })),
          retry: maybe(z.object({ limit: count, refresh: flag })),
          syncOptions: texts,
        }),
      ),
    }),
  ),
  status: maybe(
    z.object({
      sync: maybe(
        z.object({
          status: text,
          revision: text,
          revisions: texts,
          comparedTo: maybe(
            z.object({ source: maybe(sourceSchema.partial()), sources: listOf(sourceSchema) }),
          ),
        }),
      ),
      health: maybe(healthSchema),
      history: listOf(
        z.object({
          id: z.number(),
          revision: text,
          revisions: texts,
          source: maybe(sourceSchema),
          sources: listOf(sourceSchema),
          deployStartedAt: moment,
          deployedAt: moment,
          initiatedBy: initiatedBySchema,
        }),
      ),
      operationState: maybe(operationStateSchema),
      conditions: listOf(z.object({ type: text, message: text, lastTransitionTime: moment })),
      summary: maybe(z.object({ images: texts, externalURLs: texts })),
      resources: listOf(
        z.object({
          group: text,
          kind: text,
          namespace: text,
          name: text,
          status: text,
          health: maybe(z.object({ status: text, message: text })),
          hook: flag,
          requiresPruning: flag,
          requiresDeletionConfirmation: flag,
          syncWave: count,
        }),
      ),
      reconciledAt: moment,
      controllerNamespace: text,
    }),
  ),
  operation: maybe(operationSchema),
})
export type RawApplication = z.infer<typeof applicationSchema>
export type RawOperation = z.infer<typeof operationSchema>

/** grpc-gateway's error, of a single answer and of a stream frame. */
export const errorSchema = z.object({
  message: z.string().optional(),
  error: z.string().optional(),
  code: z.number().optional(),
})
export const streamErrorSchema = z.object({
  error: z.object({
    grpc_code: z.number().optional(),
    http_code: z.number().optional(),
    message: z.string().default(''),
  }),
})
export const watchEventSchema = z.object({
  result: z.object({ type: z.string(), application: z.unknown() }),
})

/** One managed object as Argo CD's last comparison saw it; states are JSON texts, `"null"` for absent. */
export const managedResourcesSchema = z.object({
  items: listOf(
    z.object({
      group: text,
      kind: z.string(),
      namespace: text,
      name: z.string(),
      targetState: text,
      liveState: text,
      normalizedLiveState: text,
      predictedLiveState: text,
      modified: flag,
      hook: flag,
    }),
  ),
})
export type ManagedResource = z.infer<typeof managedResourcesSchema>['items'][number]

export const manifestsSchema = z.object({ manifests: texts })
export const revisionMetadataSchema = z.object({
  author: text,
  date: moment,
  message: text,
  tags: texts,
  signatureInfo: text,
  references: listOf(
    z.object({
      commit: maybe(z.object({ author: text, date: text, subject: text, sha: text, repoUrl: text })),
    }),
  ),
})
export type RevisionMetadata = z.infer<typeof revisionMetadataSchema>

export const versionSchema = z.object({ Version: z.string().min(1) })
export const canISchema = z.object({ value: z.enum(['yes', 'no']) })
export const userinfoSchema = z.object({ loggedIn: flag, username: text, iss: text, groups: texts })
export const settingsSchema = z.object({
  url: text,
  trackingMethod: text,
  controllerNamespace: text,
  appsInAnyNamespaceEnabled: flag,
})
export type Settings = z.infer<typeof settingsSchema>

const windowSchema = z.object({ kind: text, schedule: text, duration: text, manualSync: flag })
export const syncWindowsSchema = z.object({
  activeWindows: listOf(windowSchema),
  assignedWindows: listOf(windowSchema),
  canSync: flag,
})
export type SyncWindows = z.infer<typeof syncWindowsSchema>

/** As much of an ApplicationSet as tells whether it syncs its applications by itself. */
export const applicationSetSchema = z.object({
  metadata: z.object({ name: z.string().min(1), namespace: text, uid: text }),
  spec: maybe(
    z.object({
      strategy: maybe(
        z.object({
          type: text,
          rollingSync: maybe(
            z.object({
              steps: listOf(
                z.object({
                  matchExpressions: listOf(
                    z.object({ key: z.string(), operator: z.string(), values: texts }),
                  ),
                  maxUpdate: maybe(z.union([z.number(), z.string()])),
                }),
              ),
            }),
          ),
        }),
      ),
    }),
  ),
  status: maybe(
    z.object({
      applicationStatus: listOf(
        z.object({ application: z.string(), status: text, step: text, message: text }),
      ),
    }),
  ),
})
export type ApplicationSet = z.infer<typeof applicationSetSchema>
/** Items one by one afterwards: one that is not understood must not hide the others. */
export const applicationSetListSchema = z.object({ items: listOf(z.unknown()) })

/** Parsed later, where a failure keeps the key. */
export const anySchema = z.unknown()
