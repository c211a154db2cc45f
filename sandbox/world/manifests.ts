import type { Settings } from './git.ts'

export type Manifest = {
  apiVersion: string
  kind: string
  metadata: {
    name?: string
    generateName?: string
    namespace?: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
  }
  data?: Record<string, string>
  spec?: Record<string, unknown>
}

/** The image a service runs in a version. */
export function imageOf(service: string, version: string): string {
  return `registry.acme.example/${service.startsWith('svc-') ? 'bulk' : 'shop'}/${service}:${version}`
}

const config = (name: string, data: Record<string, string>): Manifest => ({
  apiVersion: 'v1',
  data,
  kind: 'ConfigMap',
  metadata: { name },
})

/** Files of `<service>/<env>` in the order of their names. */
export function directoryManifests(service: string, env: string, settings: Settings): Manifest[] {
  const selector = { 'app.kubernetes.io/name': settings.selector ?? service }
  const image = imageOf(service, settings.version)
  const manifests: Manifest[] = [
    config(`${service}-config`, {
      FEATURE_X: settings.featureX ?? 'off',
      LOG_LEVEL: settings.logLevel ?? 'info',
    }),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        labels: { 'app.kubernetes.io/name': service, 'app.kubernetes.io/part-of': 'shop' },
        name: service,
      },
      spec: {
        ...(settings.deadlineSeconds ? { progressDeadlineSeconds: settings.deadlineSeconds } : {}),
        replicas: settings.replicas ?? 2,
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: selector },
          spec: {
            containers: [
              {
                env: [{ name: 'APP_ENV', value: env }],
                image,
                name: service,
                ports: [{ containerPort: 8080, name: 'http' }],
                readinessProbe: { httpGet: { path: '/healthz', port: 'http' } },
                resources: {
                  limits: { memory: settings.memory ?? '256Mi' },
                  requests: { cpu: '50m', memory: '64Mi' },
                },
              },
            ],
          },
        },
      },
    },
  ]
  if (service === 'reports') manifests.push(migration(service, image))
  if (service === 'payments') {
    const secret = (text: string) => Buffer.from(text).toString('base64')
    manifests.push({
      apiVersion: 'v1',
      data: { password: secret(`${env}-hunter2`), username: secret('payments') },
      kind: 'Secret',
      metadata: { name: 'payments-credentials' },
    })
  }
  manifests.push({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: service },
    spec: { ports: [{ port: 80, targetPort: 'http' }], selector: { 'app.kubernetes.io/name': service } },
  })
  return manifests
}

function migration(service: string, image: string): Manifest {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      annotations: { 'argocd.argoproj.io/hook': 'PreSync' },
      generateName: `${service}-migrate-`,
    },
    spec: {
      template: { spec: { containers: [{ image, name: 'migrate' }], restartPolicy: 'Never' } },
    },
  }
}

function simpleDeployment(name: string, container: string, image: string, replicas: number): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ image, name: container }] } },
    },
  }
}

/** The overlay of an environment: everything but prod gets the environment's name in front. */
export function overlayManifests(service: string, env: string, settings: Settings): Manifest[] {
  const name = env === 'prod' ? service : `${env}-${service}`
  return [
    config(`${name}-config`, { ENV: env }),
    simpleDeployment(name, service, imageOf(service, settings.version), settings.replicas ?? 2),
  ]
}

/** The chart `web` with a values file; a parameter `image` beats the values, as in Helm. */
export function chartManifests(
  service: string,
  env: string,
  values: Settings,
  parameters: { name: string; value: string }[],
): Manifest[] {
  const image = parameters.find((parameter) => parameter.name === 'image')?.value
  return [
    config(`${service}-config`, { ENV: env }),
    simpleDeployment(service, 'web', image ?? imageOf(service, values.version), values.replicas ?? 2),
  ]
}
