type Overrides = { ignoreDifferences: string; ignoreResourceUpdates: string }

const nothing = 'jqPathExpressions: null\njsonPointers: null\nmanagedFieldsManagers: null\n'

const paths = (...expressions: string[]) =>
  `jqPathExpressions:\n${expressions.map((path) => `- ${path}\n`).join('')}jsonPointers: null\nmanagedFieldsManagers: null\n`

const pointers = (...found: string[]) =>
  `jqPathExpressions: null\njsonPointers:\n${found.map((path) => `- ${path}\n`).join('')}managedFieldsManagers: null\n`

const updates = (ignoreResourceUpdates: string): Overrides => ({
  ignoreDifferences: nothing,
  ignoreResourceUpdates,
})

/** Argo CD's own defaults, as a fresh installation answers them. */
const resourceOverrides: Record<string, Overrides> = {
  '*/*': { ignoreDifferences: pointers('/status'), ignoreResourceUpdates: pointers('/status') },
  ConfigMap: updates(
    paths(
      '.metadata.annotations."cluster-autoscaler.kubernetes.io/last-updated"',
      '.metadata.annotations."control-plane.alpha.kubernetes.io/leader"',
    ),
  ),
  Endpoints: updates(pointers('/metadata', '/subsets')),
  'apps/ReplicaSet': updates(
    paths(
      '.metadata.annotations."deployment.kubernetes.io/desired-replicas"',
      '.metadata.annotations."deployment.kubernetes.io/max-replicas"',
      '.metadata.annotations."rollout.argoproj.io/desired-replicas"',
    ),
  ),
  'argoproj.io/Application': updates(
    paths(
      '.metadata.annotations."notified.notifications.argoproj.io"',
      '.metadata.annotations."argocd.argoproj.io/refresh"',
      '.metadata.annotations."argocd.argoproj.io/hydrate"',
      '.operation',
    ),
  ),
  'argoproj.io/Rollout': updates(paths('.metadata.annotations."notified.notifications.argoproj.io"')),
  'autoscaling/HorizontalPodAutoscaler': updates(
    paths(
      '.metadata.annotations."autoscaling.alpha.kubernetes.io/behavior"',
      '.metadata.annotations."autoscaling.alpha.kubernetes.io/conditions"',
      '.metadata.annotations."autoscaling.alpha.kubernetes.io/metrics"',
      '.metadata.annotations."autoscaling.alpha.kubernetes.io/current-metrics"',
    ),
  ),
  'discovery.k8s.io/EndpointSlice': updates(pointers('/metadata', '/endpoints', '/ports')),
}

const common = {
  url: 'https://argocd.acme.example',
  appLabelKey: 'app.kubernetes.io/instance',
}
const tools = {
  googleAnalytics: { anonymizeUsers: true },
  kustomizeOptions: { BuildOptions: '', BinaryPath: '', Versions: null },
  help: {},
}

export const anonymousSettings = {
  ...common,
  ...tools,
  trackingMethod: 'annotation',
  syncWithReplaceAllowed: true,
}

export const settings = {
  ...common,
  resourceOverrides,
  ...tools,
  passwordPattern: '^.{8,32}$',
  trackingMethod: 'annotation',
  controllerNamespace: 'argocd',
  syncWithReplaceAllowed: true,
}
