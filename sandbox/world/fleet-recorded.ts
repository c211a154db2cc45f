import {
  declare,
  declareLedger,
  declareShop,
  declareTroubled,
  environments,
  overlaySource,
} from './declare.ts'
import { addCommit, createRepo, type Settings } from './git.ts'
import { people } from './people.ts'
import type { Repos } from './render.ts'
import { note, type State } from './state.ts'
import type { Declared, Operation, PastRollout } from './types.ts'

/** SHAs that the recordings name. */
export const recordedShas = {
  first: 'e845447fcc95aa4a2dd5eed3b0329867eb797f33',
  hook: '46eb0c9b209a2b4ff6189ae1a9028de79a4437d1',
  badImage: '550b0d1c6fb096e9a6d42e3e51d15d29831358a8',
  badSelector: '50eb8e9b4a785a4cff7e5c82e20aebc3a38d674f',
  gateway: '45fa49a8c6bc10df64a01a3cca84af4e63e740ad',
  charts: '9019c419e457e33f95cc23b3f1a66e2bb5046eb7',
  values: 'da599366ed4b83ae0df61297086b8ce0c5a2a9f5',
}

const shopServices = ['catalog', 'checkout', 'payments', 'reports', 'search']

export function recordedRepos(): Repos {
  const deploy = createRepo('shop/deploy')
  const first: Record<string, Settings> = {}
  for (const service of shopServices)
    for (const env of environments) first[`${service}/${env}`] = { version: '1.0.0' }
  const { first: firstSha, hook, gateway, charts, values } = recordedShas
  const at = (iso: string) => Date.parse(iso)
  addCommit(deploy, {
    author: people.mei,
    at: at('2026-11-02T08:00:00Z'),
    message: 'all: first version of the shop',
    changes: first,
    sha: firstSha,
  })
  deploy.tags.set('v1.0.0', firstSha)
  const next = { version: '1.1.0' }
  addCommit(deploy, {
    author: people.jonas,
    at: at('2026-11-02T10:00:14Z'),
    message: 'checkout: 1.1.0 to dev and staging',
    changes: { 'checkout/dev': next, 'checkout/staging': next },
  })
  addCommit(deploy, {
    author: people.anna,
    at: at('2026-11-02T12:00:28Z'),
    message: 'reports: PreSync database migration',
    changes: { 'reports/dev': { version: '1.0.0' } },
    sha: hook,
  })
  const overlays = createRepo('shop/gateway')
  const values2 = createRepo('platform/values')
  const web = createRepo('platform/charts')
  const author = people.jonas
  const perEnv = (name: (env: string) => string, version: string) =>
    Object.fromEntries(environments.map((env) => [name(env), { version }]))
  addCommit(overlays, {
    author,
    at: at('2026-11-02T13:00:00Z'),
    message: 'gateway: overlays',
    changes: perEnv((env) => `overlays/${env}`, '3.2.0'),
    sha: gateway,
  })
  addCommit(web, {
    author,
    at: at('2026-11-02T13:30:00Z'),
    message: 'web: first chart',
    changes: { web: { version: '0.1.0' } },
    sha: charts,
  })
  addCommit(values2, {
    author,
    at: at('2026-11-02T14:00:42Z'),
    message: 'ledger: values for all environments',
    changes: perEnv((env) => `ledger/${env}`, '2.0.0'),
    sha: values,
  })
  return new Map([deploy, overlays, values2, web].map((repo) => [repo.url, repo]))
}

/** The fleet as it stood when the recordings began. */
export function recordedFleet(): Declared[] {
  const createdAt = Date.parse('2026-11-23T09:16:03Z')
  const rolled = (...revisions: string[]): PastRollout[] => [
    { at: Date.parse('2026-11-23T09:17:24Z'), revisions, by: { automated: true } },
  ]
  const past = (env: string, ...revisions: string[]) => (env === 'prod' ? [] : rolled(...revisions))
  const { hook, charts, values } = recordedShas
  const fleet = environments.flatMap((env) => [
    ...shopServices.map((service) => declareShop(service, env, createdAt, past(env, hook))),
    declare({ service: 'gateway', env, source: overlaySource(env), set: 'gateway', createdAt }),
    declareLedger(env, createdAt, past(env, charts, values)),
  ])
  const catalogDev = fleet.find((application) => application.name === 'catalog-dev')
  if (catalogDev) catalogDev.annotations = { 'argocd.argoproj.io/hydrate': 'hard' }
  const gatewayDev = fleet.find((application) => application.name === 'gateway-dev')
  const denied = 'permission denied'
  if (gatewayDev) gatewayDev.manifestError = `Manifest generation error (cached): ${denied}`
  const troubled = declareTroubled(createdAt, rolled(hook))
  const brokenPath = troubled.find((application) => application.service === 'broken-path')
  if (brokenPath) brokenPath.manifestError = denied
  return [...fleet, ...troubled]
}

/** What the controller had said about an application by then. */
const firstWords = ['sync status:  -> Unknown', 'health status:  -> Healthy']
const outOfSync = ['sync status: Unknown -> OutOfSync', 'health status: Healthy -> Missing']
const rolledOut = ['health status: Missing -> Healthy', 'done', 'sync status: OutOfSync -> Synced']
const comingUp = ['health status: Healthy -> Progressing', 'health status: Progressing -> Healthy']

/** Fills in what had happened before the recording: events, and gateway-dev waiting for its fifth retry. */
export function prepareRecorded(state: State): void {
  for (const app of state.apps.values()) {
    const revision = app.core?.status.history?.[0]?.revision
    const words = revision
      ? [...firstWords, 'begun', ...outOfSync, ...rolledOut, ...comingUp]
      : [...firstWords, ...outOfSync]
    for (const word of words) {
      if (word === 'begun')
        note(state, app, { reason: 'OperationStarted', message: `Initiated automated sync to '${revision}'` })
      else if (word === 'done')
        note(state, app, {
          reason: 'OperationCompleted',
          message: `Sync operation to ${revision} succeeded`,
        })
      else note(state, app, { reason: 'ResourceUpdated', message: `Updated ${word}` })
    }
  }
  stickGateway(state)
}

/** gateway-dev waits for a retry with an error of the repo-server. */
export function stickGateway(state: State, attempt = 5, clockTime = '9:19AM'): void {
  const app = state.apps.get('gateway-dev')
  if (!app?.core) return
  const operation: Operation = {
    sync: {},
    initiatedBy: { username: 'applicationset-controller', automated: true },
    info: [
      { name: 'Reason', value: 'ApplicationSet RollingSync triggered a sync of this Application resource' },
    ],
    retry: { limit: 5 },
  }
  const cause = app.core.status.conditions?.[0]?.message ?? ''
  app.operation = operation
  app.core.status.operationState = {
    operation,
    phase: 'Running',
    message: `ComparisonError: ${cause}. Retrying attempt #${attempt} at ${clockTime}.`,
    syncResult: { revision: '', source: app.spec.source ?? { repoURL: '' } },
    startedAt: '2026-11-23T09:16:05Z',
    finishedAt: '2026-11-23T09:18:35Z',
    retryCount: attempt,
  }
}
