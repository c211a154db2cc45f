import { coreOf } from '#sandbox/world/applications.ts'
import { seconds } from '#sandbox/world/clock.ts'
import { deployUrl, gatewayUrl, inCluster } from '#sandbox/world/declare.ts'
import { uuidOf } from '#sandbox/world/seed.ts'
import type { App, State } from '#sandbox/world/state.ts'
import { caller } from './access.ts'
import { can } from './auth.ts'
import { type Call, GrpcError, sendJson } from './http.ts'
import { openStream } from './stream.ts'

const names = ['gateway', 'shop'] as const
type SetName = (typeof names)[number]

const elements = [
  { auto: 'true', env: 'dev' },
  { auto: 'true', env: 'staging' },
  { auto: 'false', env: 'prod' },
]
const emptyTemplate = { metadata: {}, spec: { destination: {}, project: '' } }
const listGenerator = { list: { elements, template: emptyTemplate } }

function template(
  service: string,
  labels: Record<string, string>,
  repoURL: string,
  path: string,
  limit?: number,
) {
  return {
    metadata: {
      name: `${service}-{{.env}}`,
      labels: { 'acme.example/env': '{{.env}}', 'acme.example/service': service, ...labels },
    },
    spec: {
      source: { repoURL, path, targetRevision: 'main' },
      destination: { server: inCluster, namespace: 'shop-{{.env}}' },
      project: 'shop',
      revisionHistoryLimit: limit,
    },
  }
}

const step = (env: string, maxUpdate?: number) => ({
  matchExpressions: [{ key: 'acme.example/env', operator: 'In', values: [env] }],
  maxUpdate,
})

const specs = {
  gateway: {
    goTemplate: true,
    generators: [listGenerator],
    template: template('gateway', {}, gatewayUrl, 'overlays/{{.env}}'),
    strategy: {
      type: 'RollingSync',
      rollingSync: { steps: [step('dev'), step('staging'), step('prod', 0)] },
    },
  },
  shop: {
    goTemplate: true,
    generators: [
      {
        matrix: {
          generators: [
            listGenerator,
            {
              git: {
                repoURL: deployUrl,
                directories: [{ path: '*/{{.env}}' }],
                revision: 'main',
                requeueAfterSeconds: 30,
                template: emptyTemplate,
              },
            },
          ],
          template: emptyTemplate,
        },
      },
    ],
    template: template(
      '{{index .path.segments 0}}',
      { 'acme.example/team': 'shop' },
      deployUrl,
      '{{.path.path}}',
      10,
    ),
    goTemplateOptions: ['missingkey=error'],
    templatePatch:
      '{{- if eq .auto "true" }}\nspec:\n  syncPolicy:\n    automated: {prune: true, selfHeal: true}\n{{- end }}\n',
  },
} satisfies Record<SetName, unknown>

const generated = 'All applications have been generated successfully'

function conditions(at: string, rolling: number | undefined): unknown[] {
  const condition = (type: string, status: string, reason: string, message = generated) => ({
    type,
    message,
    lastTransitionTime: at,
    status,
    reason,
  })
  return [
    condition('ErrorOccurred', 'False', 'ApplicationSetUpToDate'),
    condition(
      'ParametersGenerated',
      'True',
      'ParametersGenerated',
      'Successfully generated parameters for all Applications',
    ),
    condition('ResourcesUpToDate', 'True', 'ApplicationSetUpToDate'),
    ...(rolling === undefined
      ? []
      : [
          condition(
            'RolloutProgressing',
            'True',
            'ApplicationSetModified',
            `ApplicationSet is performing rollout of step ${rolling}`,
          ),
        ]),
  ]
}

const envs = ['dev', 'staging', 'prod']

function rolloutOf(state: State, app: App): { done: boolean; json: Record<string, unknown> } {
  const { sync, health } = coreOf(state, app).status
  const done = sync.status === 'Synced' && health.status === 'Healthy'
  const [status, message] = done
    ? ['Healthy', 'Application resource became Healthy, updating status from Progressing to Healthy']
    : app.operation
      ? [
          'Pending',
          'Application moved to Pending status, watching for the Application resource to start Progressing',
        ]
      : ['Waiting', 'Application has pending changes, setting status to Waiting']
  return {
    done,
    json: {
      application: app.name,
      lastTransitionTime: health.lastTransitionTime,
      message,
      status,
      step: String(envs.indexOf(app.declared.env) + 1),
      targetRevisions: [sync.revision ?? ''],
    },
  }
}

function setJson(state: State, name: SetName): Record<string, unknown> {
  const apps = state.names
    .flatMap((key) => state.apps.get(key) ?? [])
    .filter((app) => app.declared.set === name)
  const listed = apps.filter((app) => !app.declared.unlisted)
  const created = seconds(apps[0]?.declared.createdAt ?? state.startedAt)
  const rollouts = name === 'gateway' ? apps.map((app) => ({ app, ...rolloutOf(state, app) })) : undefined
  const steps = rollouts
    ?.filter((rollout) => !rollout.done)
    .map(({ app }) => envs.indexOf(app.declared.env) + 1)
  const rolling = steps && steps.length > 0 ? Math.min(...steps) : undefined
  const entry = (manager: string, more: Record<string, unknown>) => ({
    manager,
    operation: 'Update',
    apiVersion: 'argoproj.io/v1alpha1',
    time: created,
    fieldsType: 'FieldsV1',
    fieldsV1: {},
    ...more,
  })
  return {
    metadata: {
      name,
      namespace: 'argocd',
      uid: uuidOf(state.seed, 'ApplicationSet', name),
      resourceVersion: String(state.lastVersion),
      generation: 1,
      creationTimestamp: created,
      managedFields: [entry('unknown', {}), entry('argocd', { subresource: 'status' })],
    },
    spec: specs[name],
    status: {
      conditions: conditions(created, rolling),
      applicationStatus: rollouts?.map((rollout) => rollout.json),
      resources: listed.map((app) => {
        const { sync, health } = coreOf(state, app).status
        return {
          group: 'argoproj.io',
          version: 'v1alpha1',
          kind: 'Application',
          namespace: 'argocd',
          name: app.name,
          status: sync.status,
          health: { status: health.status },
        }
      }),
      resourcesCount: listed.length,
      health:
        rolling === undefined
          ? { status: 'Healthy', message: generated }
          : { status: 'Progressing', message: `ApplicationSet is performing rollout of step ${rolling}` },
    },
  }
}

function visible(call: Call): SetName[] {
  const identity = caller(call)
  // A world without them, such as that at the edge, has no sets.
  const owning = new Set([...call.state.apps.values()].map((app) => app.declared.set))
  return names.filter((name) => owning.has(name) && can(identity, 'applicationsets', 'get', `shop/${name}`))
}

export function listSets(call: Call): void {
  const { state, res } = call
  const items = visible(call).map((name) => setJson(state, name))
  sendJson(res, { metadata: { resourceVersion: String(state.lastVersion) }, items })
}

export function getSet(call: Call): void {
  const name = visible(call).find((candidate) => candidate === call.params.name)
  if (!name) throw new GrpcError(7, 'permission denied')
  sendJson(call.res, setJson(call.state, name))
}

/** `GET /api/v1/stream/applicationsets`: a snapshot only when a name is given. */
export async function streamSets(call: Call): Promise<void> {
  const wanted = call.query.get('name')
  const found = visible(call).filter((name) => name === wanted)
  const send = openStream(call)
  for (const name of found) await send({ type: 'ADDED', applicationSet: setJson(call.state, name) })
}
