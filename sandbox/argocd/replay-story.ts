import { declare } from '#sandbox/world/declare.ts'
import { recordedShas, stickGateway } from '#sandbox/world/fleet-recorded.ts'
import { people } from '#sandbox/world/people.ts'
import type { Operation } from '#sandbox/world/types.ts'
import { type Replay, recordingNames } from './replay.ts'

const area = (name: string) => recordingNames().filter((recorded) => recorded.startsWith(`${name}/`))

const rolling: Operation = {
  sync: {},
  initiatedBy: { username: 'applicationset-controller', automated: true },
  info: [
    { name: 'Reason', value: 'ApplicationSet RollingSync triggered a sync of this Application resource' },
  ],
  retry: { limit: 5 },
}

/** A sync nobody recorded, needed to get to the next recorded state. */
async function quietSync(replay: Replay, name: string, revision: string, count = 1): Promise<void> {
  const { argo, clock } = replay
  for (let round = 0; round < count; round += 1) {
    const response = await fetch(`${argo.url}/api/v1/applications/${name}/sync`, {
      method: 'POST',
      headers: { authorization: `Bearer ${argo.tokens.countersign}`, 'content-type': 'application/json' },
      body: JSON.stringify({ project: 'shop', revision }),
    })
    if (response.status !== 200) throw new Error(await response.text())
    clock.advance(4_000)
  }
}

/** Nothing has happened yet: questions, refusals, snapshots. */
async function before(replay: Replay): Promise<void> {
  const later = new Set([
    'applications/get-catalog-prod-history-cut',
    'applications/get-checkout-prod-degraded',
    'applications/get-gateway-dev-rolled',
    'applications/list-at-the-end',
    'applications/refresh-normal',
    'applicationsets/get-gateway-progressing',
    'details/events-checkout-prod',
    'details/managed-resources-checkout-prod-out-of-sync',
    'details/managed-resources-payments-prod-synced',
    'details/resource-tree-checkout-prod-degraded',
    'details/resource-tree-checkout-prod-running',
    'details/revision-metadata-hostile',
    'sync/refused-another-operation',
  ])
  const areas = ['session', 'errors', 'projects', 'other', 'applications', 'applicationsets', 'details']
  const refusals = [...area('sync'), ...area('rollback')].filter((name) => name.includes('/refused-'))
  const questions = [...areas.flatMap(area), ...refusals, 'sync/terminate-nothing-running']
  const still = ['applicationsets/stream-snapshot', ...later]
  await replay.ask(...questions.filter((name) => !still.includes(name)))
  const nothing = async () => {}
  for (const name of ['applicationsets/stream-snapshot', 'stream/unauthenticated', 'stream/snapshot-fields'])
    await replay.watch(name, nothing, (text) => text.includes('}} \n\n') || text.includes('}}\n'))
  await replay.watch('stream/snapshot-ndjson-one-app', nothing)
  await replay.watch('stream/snapshot-sse', nothing)
  const keepsAlive = (text: string) => text.includes('MODIFIED') && (text.match(/^:$/gm)?.length ?? 0) > 1
  await replay.watch('stream/keep-alive', async () => replay.world.refresh('catalog-dev'), keepsAlive)
}

/** The first syncs: dry, pinned and terminated, several sources, a typo, a hook, a part. */
async function syncs(replay: Replay): Promise<void> {
  const { clock } = replay
  await replay.ask('sync/dry-run-accepted')
  clock.advance(3_000)
  await replay.ask('sync/dry-run-done')
  await replay.watch('stream/pinned-sync-checkout-prod', async () => {
    await replay.ask('sync/accepted-pinned', 'sync/refused-another-operation')
    clock.advance(100)
    await replay.ask('sync/terminate-too-early-or-late')
    clock.advance(4_000)
  })
  await replay.ask('sync/after-pinned', 'details/resource-tree-checkout-prod-running')
  await replay.ask('details/events-checkout-prod', 'sync/accepted-pinned-multi-source')
  clock.advance(4_000)
  await replay.ask('sync/after-pinned-multi-source', 'sync/typo-in-field-name-is-ignored')
  clock.advance(1_700)
  await replay.ask('sync/after-typo', 'sync/accepted-with-hook')
  clock.advance(1_000)
  await replay.ask('sync/while-hook-runs')
  clock.advance(1_700)
  await replay.ask('sync/after-hook', 'sync/accepted-partial')
  clock.advance(4_000)
  await replay.ask('sync/after-partial', 'sync/accepted-payments')
  clock.advance(1_700)
  await replay.ask('details/managed-resources-payments-prod-synced')
  clock.advance(4_000)
}

/** A bad image, and the two ways back. */
async function degraded(replay: Replay): Promise<void> {
  const { clock, world } = replay
  world.commit({
    service: 'checkout',
    envs: ['prod'],
    version: '1.2.0-bad',
    settings: { deadlineSeconds: 12 },
    author: people.mei,
    sha: recordedShas.badImage,
    message: 'checkout: 1.2.0-bad to prod\n\n<img src=x onerror=alert(1)> "quotes" — and an emoji 🚢',
  })
  await replay.ask('applications/refresh-normal', 'details/managed-resources-checkout-prod-out-of-sync')
  await replay.ask('details/revision-metadata-hostile')
  clock.advance(3_000)
  await replay.watch('stream/sync-then-degraded', async () => {
    await replay.ask('sync/accepted-bad-image')
    clock.advance(10_000)
    world.refresh('checkout-prod')
  })
  await replay.ask('applications/get-checkout-prod-degraded', 'details/resource-tree-checkout-prod-degraded')
  await replay.ask('rollback/accepted')
  clock.advance(5_000)
  await replay.ask('rollback/after', 'rollback/as-pinned-sync')
  clock.advance(4_000)
  await replay.ask('rollback/as-pinned-sync-after')
}

/** A sync that cannot work, its retries, and a commit nobody has. */
async function failures(replay: Replay): Promise<void> {
  const { clock, world } = replay
  clock.set('2026-11-23T09:22:00Z')
  await quietSync(replay, 'search-prod', recordedShas.hook)
  world.commit({
    service: 'search',
    envs: ['prod'],
    version: '1.0.1',
    settings: { selector: 'search2' },
    sha: recordedShas.badSelector,
  })
  clock.advance(3_000)
  const deployment = [...world.inner.cluster.values()].find(
    (live) => live.owner === 'search-prod' && live.kind === 'Deployment',
  )
  if (deployment) deployment.health = { status: 'Progressing' }
  world.refresh('search-prod')
  await replay.ask('sync/accepted-that-will-fail')
  if (deployment) deployment.health = { status: 'Healthy' }
  clock.advance(3_000)
  await replay.ask('sync/after-failed', 'sync/accepted-with-retries')
  clock.advance(1_700)
  await replay.ask('sync/waiting-for-retry', 'sync/terminate-accepted')
  clock.advance(1_000)
  await replay.ask('sync/after-terminate', 'sync/accepted-unknown-sha')
  clock.advance(2_000)
  await replay.ask('sync/after-unknown-sha')
}

/** What happens past the portal: by hand, by others, by kubectl. */
async function outOfBand(replay: Replay): Promise<void> {
  const { clock, world } = replay
  const payments = world.inner.apps.get('payments-prod')
  if (payments) payments.annotations = { 'argocd.argoproj.io/hydrate': 'normal' }
  world.drift('payments-prod', 5)
  clock.advance(3_000)
  await replay.ask('outofband/live-drift', 'outofband/live-drift-managed-resources')
  await replay.ask('outofband/sync-by-another-account')
  clock.advance(5_000)
  await replay.ask('outofband/after-sync-by-another-account')
  const byKubectl = payments?.core?.status.operationState?.operation
  if (byKubectl) world.setOperation('payments-prod', { ...byKubectl, initiatedBy: { username: 'somebody' } })
  clock.advance(5_000)
  await replay.ask('outofband/after-operation-set-by-kubectl')
  world.editSpec('catalog-prod', (spec) => {
    spec.syncPolicy = { automated: { prune: true } }
  })
  world.editSpec('catalog-prod', (spec) => {
    spec.syncPolicy = undefined
  })
  clock.advance(3_000)
  await replay.ask('outofband/automated-turned-on-then-appset-reverts')
  const ledger = world.inner.apps.get('ledger-prod')
  if (ledger) ledger.annotations = { ...ledger.annotations, 'argocd.argoproj.io/hydrate': 'normal' }
  world.editSpec('ledger-prod', (spec) => {
    const helm = spec.sources?.[0]?.helm
    if (helm)
      helm.parameters = [{ name: 'image', value: 'registry.acme.example/shop/ledger:9.9.9-unreviewed' }]
  })
  clock.advance(3_000)
  await replay.ask('outofband/source-parameters-changed')
}

async function theEnd(replay: Replay): Promise<void> {
  const { clock, world } = replay
  await replay.watch('stream/created-and-deleted', async () => {
    const source = world.inner.apps.get('unlabelled-thing')?.spec.source
    world.create(
      declare({
        name: 'short-lived',
        service: 'short-lived',
        env: '',
        labelled: false,
        finalizer: false,
        project: 'platform',
        namespace: 'platform',
        createdAt: world.now(),
        ...(source ? { source } : {}),
      }),
    )
    clock.advance(100)
    world.refresh('unlabelled-thing')
    world.delete('short-lived')
  })
  await quietSync(replay, 'catalog-prod', recordedShas.hook, 12)
  const brokenPath = world.inner.apps.get('broken-path-prod')
  if (brokenPath) brokenPath.manifestError = undefined
  world.refresh('broken-path-prod')
  stickGateway(world.inner, 4, '9:23AM')
  await replay.ask('applications/get-catalog-prod-history-cut', 'applications/list-at-the-end')
  const gateway = world.inner.apps.get('gateway-dev')
  if (!gateway?.core) throw new Error('no gateway-dev')
  gateway.manifestError = undefined
  gateway.operation = undefined
  gateway.core.status.operationState = undefined
  gateway.annotations = { 'argocd.argoproj.io/hydrate': 'hard' }
  for (let round = 0; round < 3; round += 1) {
    world.setOperation('gateway-dev', rolling)
    clock.advance(4_000)
  }
  stickGateway(world.inner)
  world.setOperation('gateway-dev', rolling)
  clock.advance(5_000)
  world.refresh('gateway-staging')
  clock.advance(5_000)
  await replay.ask('applications/get-gateway-dev-rolled', 'applicationsets/get-gateway-progressing')
}

/** Tells the whole story of the recordings to a fresh sandbox and keeps what it answered. */
export async function tell(replay: Replay): Promise<void> {
  await before(replay)
  await syncs(replay)
  await degraded(replay)
  await failures(replay)
  await outOfBand(replay)
  await theEnd(replay)
}
