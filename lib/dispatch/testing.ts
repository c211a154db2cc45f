import type { ArgoFailure } from '#lib/argocd/answer.ts'
import { type ObservedApplication, observe } from '#lib/argocd/application.ts'
import type { ApplicationRef, ArgoClient } from '#lib/argocd/client.ts'
import type { SyncOutcome } from '#lib/argocd/sync-reply.ts'
import type { SyncBody } from '#lib/argocd/sync-request.ts'
import { createMasker } from '#lib/manifests/mask.ts'
import { clock } from '#lib/platform/clock.ts'

/** An Argo CD in memory with the rules that dispatch rests on: one operation at a time, its state, the history. */

const masker = createMasker('dispatch'.repeat(4))
const second = () => `${clock.now().slice(0, 19)}Z`

type Operation = {
  sync: Record<string, unknown> & { revision: string }
  info?: { name: string; value: string }[]
  initiatedBy: { username: string }
  retry: object
}
export type FakeApp = {
  metadata: { name: string; namespace: string; uid: string; deletionTimestamp?: string }
  spec: {
    project: string
    destination: { server: string; namespace: string }
    source: { repoURL: string; path: string; targetRevision: string; helm?: unknown; chart?: string }
    revisionHistoryLimit: number
    syncPolicy: { syncOptions: string[]; automated?: object; retry?: object }
  }
  status: {
    sync: { status: string; revision: string }
    health: { status: string }
    history: { id: number; revision: string; source: object; deployStartedAt: string; deployedAt: string }[]
    operationState?: {
      operation: Operation
      phase: string
      startedAt: string
      finishedAt?: string
      message?: string
      syncResult?: object
    }
    reconciledAt: string
  }
  operation?: Operation
}

/** What Argo CD accepted with a token of ours. */
export type Accepted = { application: string; release: string; token: string; revision: string }
/** What happens to the next request: done, its reply lost, itself lost, held back until `deliver`, or refused. */
export type Passage = 'whole' | 'reply-lost' | 'lost' | 'late' | 'not-sent'

const value = (operation: Operation, name: string) =>
  operation.info?.find((each) => each.name === name)?.value ?? ''
const failure = (kind: ArgoFailure['kind'], message: string): ArgoFailure => ({ ok: false, kind, message })

export function createFakeArgo(name = 'main') {
  const apps = new Map<string, FakeApp>()
  const accepted: Accepted[] = []
  const late: { name: string; body: SyncBody }[] = []
  const passages: Passage[] = []
  /** What the manifests hold beside the source: a chart or a remote base that changes under one revision. */
  const bases = new Map<string, string>()
  const set = { down: false, windowOpen: true, fails: false, endsByItself: true, forbidden: '' }
  let requests = 0
  let added = 0
  let inFlightMost = 0

  const observed = (app: FakeApp): ObservedApplication => {
    const seen = observe(structuredClone(app), masker)
    if (!seen.ok) throw new Error(seen.problem)
    return seen.application
  }

  /** SetAppOperation: one at a time, and only to what the application is set to. */
  function apply(of: string, body: SyncBody): SyncOutcome {
    const app = apps.get(of)
    if (!app) return { outcome: 'refused', code: 'http-404', message: 'not found' }
    if (!set.windowOpen) return { outcome: 'refused', code: 'http-403', message: 'blocked by sync window' }
    if (app.spec.syncPolicy.automated)
      return {
        outcome: 'refused',
        code: 'precondition',
        message: 'Cannot sync to it: auto-sync currently set',
      }
    if (app.operation) return { outcome: 'busy', message: 'another operation is already in progress' }
    const revision = body.revision ?? app.status.sync.revision
    app.operation = {
      sync: {
        revision,
        source: app.spec.source,
        syncStrategy: body.strategy,
        syncOptions: body.syncOptions.items,
      },
      info: body.infos,
      initiatedBy: { username: 'countersign' },
      retry: {},
    }
    const token = value(app.operation, 'countersign/token')
    accepted.push({ application: of, release: value(app.operation, 'countersign/release'), token, revision })
    inFlightMost = Math.max(inFlightMost, [...apps.values()].filter((each) => each.operation).length)
    return { outcome: 'accepted', application: observed(app) }
  }

  /** The controller takes it up, and with the next step brings it to its end. */
  function step(of: string): void {
    const app = apps.get(of)
    if (!app?.operation) return
    const state = app.status.operationState
    if (!state || state.operation !== app.operation) {
      app.status.operationState = { operation: app.operation, phase: 'Running', startedAt: second() }
      return
    }
    const { revision } = app.operation.sync
    const finishedAt = second()
    const phase = set.fails ? 'Failed' : 'Succeeded'
    app.status.operationState = {
      ...state,
      phase,
      finishedAt,
      syncResult: { revision, source: app.spec.source },
    }
    if (!set.fails) {
      const id = (app.status.history.at(-1)?.id ?? 0) + 1
      const entry = {
        id,
        revision,
        source: app.spec.source,
        deployStartedAt: state.startedAt,
        deployedAt: finishedAt,
      }
      app.status.history = [...app.status.history, entry].slice(-10)
      app.status.sync = { status: 'Synced', revision: app.status.sync.revision }
    }
    delete app.operation
    app.status.reconciledAt = second()
  }

  const client = {
    name,
    async get({ name: of }: ApplicationRef) {
      if (set.down) return failure('unreachable', 'no connection')
      if (set.forbidden === of) return failure('forbidden', 'permission denied')
      if (set.endsByItself) step(of)
      const app = apps.get(of)
      return app ? { ok: true as const, value: observed(app) } : failure('not-found', 'not found')
    },
    async manifests({ name: of }: ApplicationRef, revisions: string[]) {
      const app = apps.get(of)
      if (set.down || !app) return failure('unreachable', 'no connection')
      const data = {
        revision: revisions.join(),
        source: JSON.stringify(app.spec.source),
        base: bases.get(of) ?? '',
      }
      const image = `registry.example/${of}:${revisions[0]?.slice(0, 7)}`
      const spec = { template: { spec: { containers: [{ name: 'app', image }] } } }
      return {
        ok: true as const,
        value: [
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: of }, data },
          { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: of }, spec },
        ],
      }
    },
    async syncWindows() {
      if (set.down) return failure('unreachable', 'no connection')
      return { ok: true as const, value: { activeWindows: [], assignedWindows: [], canSync: set.windowOpen } }
    },
    async sync({ name: of }: ApplicationRef, body: SyncBody): Promise<SyncOutcome> {
      requests += 1
      if (set.down) return { outcome: 'refused', code: 'not-sent', message: 'no connection' }
      const passage = passages.shift() ?? 'whole'
      if (passage === 'not-sent') return { outcome: 'refused', code: 'not-sent', message: 'no connection' }
      if (passage === 'whole') return apply(of, body)
      if (passage === 'reply-lost') apply(of, body)
      if (passage === 'late') late.push({ name: of, body })
      return { outcome: 'ambiguous', why: 'no answer in time' }
    },
    async terminate() {
      return { ok: true as const, value: 'asked' as const }
    },
  }

  return {
    client: client as unknown as ArgoClient,
    ...{ apps, accepted, passages, bases, set, step },
    requests: () => requests,
    inFlightMost: () => inFlightMost,
    add(of: string, revision: string): FakeApp {
      const app: FakeApp = {
        metadata: { name: of, namespace: 'argocd', uid: `uid-${of}-${added++}` },
        spec: {
          project: 'shop',
          destination: { server: 'https://kubernetes.default.svc', namespace: of },
          source: { repoURL: 'https://git.example/shop.git', path: of, targetRevision: 'main' },
          revisionHistoryLimit: 10,
          syncPolicy: { syncOptions: [] },
        },
        status: {
          ...{ sync: { status: 'OutOfSync', revision }, health: { status: 'Healthy' } },
          ...{ history: [], reconciledAt: second() },
        },
      }
      apps.set(of, app)
      return app
    },
    observe: (of: string): ObservedApplication => observed(apps.get(of) as FakeApp),
    /** Requests that were held back arrive now, whatever became of their sender. */
    deliver(): void {
      for (const { name: of, body } of late.splice(0)) apply(of, body)
    },
    /** Requests that were held back never arrive. */
    forget: () => void late.splice(0),
    held: () => late.length,
    /** Somebody else syncs what Git says, to its end. False when an operation is there already. */
    human(of: string): boolean {
      const app = apps.get(of)
      if (!app || app.operation) return false
      const sync = { revision: app.status.sync.revision, source: app.spec.source }
      app.operation = { sync, initiatedBy: { username: 'jonas' }, retry: {} }
      step(of)
      step(of)
      return true
    },
  }
}
export type FakeArgo = ReturnType<typeof createFakeArgo>
