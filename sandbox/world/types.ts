/** The parts of Argo CD's Application that the sandbox keeps; names and nesting are Argo CD's own. */
export type Source = {
  repoURL: string
  path?: string
  targetRevision?: string
  helm?: { valueFiles?: string[]; parameters?: { name: string; value: string }[]; releaseName?: string }
  ref?: string
}

export type Destination = { server?: string; namespace?: string }
export type Info = { name: string; value: string }
export type Retry = {
  limit?: number
  backoff?: { duration?: string; factor?: number; maxDuration?: string }
  refresh?: boolean
}

export type SpecSyncPolicy = {
  automated?: { prune?: boolean; selfHeal?: boolean; enabled?: boolean }
  syncOptions?: string[]
  retry?: Retry
}

export type Spec = {
  source?: Source | undefined
  destination: Destination
  project: string
  syncPolicy?: SpecSyncPolicy | undefined
  revisionHistoryLimit?: number | undefined
  sources?: Source[] | undefined
}

export type ResourceRef = { group?: string; kind?: string; name?: string; namespace?: string }

export type SyncRequest = {
  revision?: string | undefined
  prune?: boolean | undefined
  dryRun?: boolean | undefined
  syncStrategy?: { apply?: { force?: boolean }; hook?: { force?: boolean } } | undefined
  resources?: ResourceRef[] | undefined
  source?: Source | undefined
  manifests?: string[] | undefined
  syncOptions?: string[] | undefined
  sources?: Source[] | undefined
  revisions?: string[] | undefined
}

export type Initiator = { username?: string; automated?: boolean }

export type Operation = {
  sync: SyncRequest
  initiatedBy: Initiator
  info?: Info[] | undefined
  retry: Retry
}

export type ResourceResult = {
  group: string
  version: string
  kind: string
  namespace: string
  name: string
  status?: string
  message: string
  hookType?: string
  hookPhase: string
  syncPhase: string
  images?: string[]
}

export type SyncResult = {
  resources?: ResourceResult[] | undefined
  revision: string
  source: Source
  sources?: Source[] | undefined
  revisions?: string[] | undefined
}

export type Phase = 'Running' | 'Terminating' | 'Failed' | 'Error' | 'Succeeded'

export type OperationState = {
  operation: Operation
  phase: Phase
  message?: string | undefined
  syncResult?: SyncResult | undefined
  startedAt: string
  finishedAt?: string | undefined
  retryCount?: number | undefined
}

export type HistoryEntry = {
  revision?: string | undefined
  deployedAt: string
  id: number
  source: Source
  deployStartedAt: string
  sources?: Source[] | undefined
  revisions?: string[] | undefined
  initiatedBy: Initiator
}

export type HealthName = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing' | 'Unknown'

export type ResourceStatus = {
  group?: string | undefined
  version: string
  kind: string
  namespace: string
  name: string
  status?: 'Synced' | 'OutOfSync' | undefined
  health?: { status: HealthName; message?: string } | undefined
  hook?: boolean | undefined
}

export type Condition = { type: string; message: string; lastTransitionTime: string }

export type Status = {
  resources?: ResourceStatus[] | undefined
  sync: {
    status: string
    comparedTo: { source: Source; destination: Destination; sources?: Source[] | undefined }
    revision?: string | undefined
    revisions?: string[] | undefined
  }
  health: { status?: HealthName; lastTransitionTime?: string }
  history?: HistoryEntry[] | undefined
  conditions?: Condition[] | undefined
  reconciledAt?: string | undefined
  operationState?: OperationState | undefined
  sourceType?: string | undefined
  summary: { externalURLs?: string[] | undefined; images?: string[] | undefined }
  resourceHealthSource?: string | undefined
  sourceTypes?: string[] | undefined
  controllerNamespace?: string | undefined
  sourceHydrator: Record<string, never>
}

/** One past rollout, from which the start of the world is written. */
export type PastRollout = { at: number; revisions: string[]; by: Initiator }

/** What is declared about an application; everything else follows from it and from time. */
export type Declared = {
  name: string
  service: string
  env: string
  spec: Spec
  labels?: Record<string, string>
  annotations?: Record<string, string>
  /** Name of the ApplicationSet that owns it. */
  set?: string
  /** Owned by its ApplicationSet, which no longer names it among those it generates. */
  unlisted?: boolean
  finalizer: boolean
  /** Makes every manifest generation fail, as a cached error of the repo-server does. */
  manifestError?: string
  createdAt: number
  past: PastRollout[]
}
