import type { Declared, PastRollout, Source, Spec, SpecSyncPolicy } from './types.ts'

export const inCluster = 'https://kubernetes.default.svc'
export const deployUrl = 'http://git.acme.example:8000/shop/deploy.git'
export const gatewayUrl = 'http://git.acme.example:8000/shop/gateway.git'
export const chartsUrl = 'http://git.acme.example:8000/platform/charts.git'
export const valuesUrl = 'http://git.acme.example:8000/platform/values.git'

export const environments = ['dev', 'staging', 'prod'] as const

type Shape = {
  service: string
  env: string
  source?: Source
  sources?: Source[]
  namespace?: string
  project?: string
  team?: string
  set?: string
  automated?: SpecSyncPolicy['automated']
  retry?: SpecSyncPolicy['retry']
  historyLimit?: number
  annotations?: Record<string, string>
  name?: string
  labelled?: boolean
  finalizer?: boolean
  createdAt: number
  past?: PastRollout[]
}

/** One application in the usual form; what differs from it is said in `shape`. */
export function declare(shape: Shape): Declared {
  const { service, env, automated, retry } = shape
  const spec: Spec = {
    source: shape.sources
      ? undefined
      : (shape.source ?? { repoURL: deployUrl, path: `${service}/${env}`, targetRevision: 'main' }),
    destination: { server: inCluster, namespace: shape.namespace ?? `shop-${env}` },
    project: shape.project ?? 'shop',
    syncPolicy:
      automated || retry ? { ...(automated ? { automated } : {}), ...(retry ? { retry } : {}) } : undefined,
    revisionHistoryLimit: shape.historyLimit,
    sources: shape.sources,
  }
  const labels = {
    'acme.example/env': env,
    'acme.example/service': service,
    ...(shape.team ? { 'acme.example/team': shape.team } : {}),
  }
  return {
    name: shape.name ?? `${service}-${env}`,
    service,
    env,
    spec,
    ...(shape.labelled === false ? {} : { labels }),
    ...(shape.annotations ? { annotations: shape.annotations } : {}),
    ...(shape.set ? { set: shape.set } : {}),
    finalizer: shape.finalizer ?? true,
    createdAt: shape.createdAt,
    past: shape.past ?? [],
  }
}

/** As the ApplicationSet `shop` writes it: automated everywhere but in prod. */
export function declareShop(service: string, env: string, createdAt: number, past: PastRollout[]): Declared {
  const automated = env === 'prod' ? {} : { automated: { prune: true, selfHeal: true } }
  return declare({ service, env, team: 'shop', set: 'shop', historyLimit: 10, createdAt, past, ...automated })
}

export const overlaySource = (env: string): Source => ({
  repoURL: gatewayUrl,
  path: `overlays/${env}`,
  targetRevision: 'main',
})

export const ledgerSources = (env: string): Source[] => [
  {
    repoURL: chartsUrl,
    path: 'web',
    targetRevision: 'main',
    helm: { valueFiles: [`$values/ledger/${env}.yaml`], releaseName: 'ledger' },
  },
  { repoURL: valuesUrl, targetRevision: 'main', ref: 'values' },
]

const runbook = { 'link.argocd.argoproj.io/runbook': 'https://wiki.acme.example/ledger' }

export function declareLedger(env: string, createdAt: number, past: PastRollout[], team?: string): Declared {
  return declare({
    service: 'ledger',
    env,
    sources: ledgerSources(env),
    annotations: runbook,
    createdAt,
    past,
    ...(env === 'prod' ? {} : { automated: { prune: true } }),
    ...(team ? { team } : {}),
  })
}

/**
 * Applications in trouble, the frozen one and the one without labels: the same in every fleet.
 * The one without labels comes first: the frozen one finds its objects already there.
 */
export function declareTroubled(createdAt: number, unlabelledPast: PastRollout[]): Declared[] {
  const common = { createdAt, finalizer: false }
  return [
    declare({
      ...common,
      service: 'unlabelled-thing',
      env: '',
      name: 'unlabelled-thing',
      labelled: false,
      project: 'platform',
      namespace: 'platform',
      automated: {},
      source: { repoURL: deployUrl, path: 'catalog/dev', targetRevision: 'main' },
      past: unlabelledPast,
    }),
    declare({
      ...common,
      service: 'archive',
      env: 'prod',
      project: 'frozen',
      namespace: 'platform',
      source: { repoURL: deployUrl, path: 'catalog/prod', targetRevision: 'v1.0.0' },
    }),
    declare({
      ...common,
      service: 'broken-path',
      env: 'prod',
      source: { repoURL: deployUrl, path: 'does/not/exist', targetRevision: 'main' },
    }),
    declare({
      ...common,
      service: 'no-repo',
      env: 'dev',
      automated: {},
      source: { repoURL: 'http://git.acme.example:8000/shop/nowhere.git', path: '.', targetRevision: 'main' },
    }),
    declare({
      ...common,
      service: 'wrong-namespace',
      env: 'prod',
      namespace: 'kube-system',
      source: { repoURL: deployUrl, path: 'catalog/prod', targetRevision: 'main' },
    }),
  ]
}
