import { seconds } from '#sandbox/world/clock.ts'
import { caller } from './access.ts'
import { can } from './auth.ts'
import { type Call, sendJson } from './http.ts'

const apiVersions = [
  'apps/v1',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'argoproj.io/v1alpha1',
  'argoproj.io/v1alpha1/AppProject',
  'argoproj.io/v1alpha1/Application',
  'argoproj.io/v1alpha1/ApplicationSet',
  'batch/v1',
  'batch/v1/Job',
  'v1',
  'v1/ConfigMap',
  'v1/Namespace',
  'v1/Pod',
  'v1/Secret',
  'v1/Service',
]

export function listClusters(call: Call): void {
  const { state, res } = call
  if (!can(caller(call), 'clusters', 'get', '*')) {
    sendJson(res, { metadata: {}, items: null })
    return
  }
  const attemptedAt = seconds(state.clock.now())
  const connectionState = { status: 'Successful', message: '', attemptedAt }
  const serverVersion = 'v1.36.0'
  const cacheInfo = {
    resourcesCount: state.cluster.size,
    apisCount: apiVersions.length,
    lastCacheSyncTime: seconds(state.startedAt),
  }
  const cluster = {
    server: 'https://kubernetes.default.svc',
    name: 'in-cluster',
    config: { tlsClientConfig: { insecure: false } },
    connectionState,
    serverVersion,
    info: { connectionState, serverVersion, cacheInfo, applicationsCount: state.apps.size, apiVersions },
  }
  sendJson(res, { metadata: {}, items: [cluster] })
}

/** No repository has credentials here, so none is listed. */
export function listRepositories({ res }: Call): void {
  sendJson(res, { metadata: {}, items: null })
}
