import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { type ArgoClient, createArgoClient } from '#lib/argocd/client.ts'
import type { Db } from '#lib/platform/db.ts'
import type { Passage } from '#sandbox/argocd/desk.ts'
import { type Argo, startArgo } from '#sandbox/argocd/server.ts'
import { type ManualClock, manualClock } from '#sandbox/world/clock.ts'
import type { App } from '#sandbox/world/state.ts'
import { createWorld, type World } from '#sandbox/world/world.ts'
import { registerInstances } from './commands.ts'
import { followInstance } from './ingest.ts'

/** One thing that happens to a small world of three applications, to its Argo CD, or to the worker that follows it. */
export type Step =
  | {
      do: 'sync'
      app: number
      by: 'jonas' | 'automated' | 'nobody'
      kind: SyncKind
      times: number
      ms: number
    }
  | { do: 'commit' | 'drift' | 'delete' | 'create'; app: number }
  | { do: 'project'; app: number; to: 'shop' | 'platform' }
  | { do: 'passages'; kinds: Passage[] }
  | { do: 'blind'; on: boolean }
  | { do: 'cut' | 'restart' }
  | { do: 'down' | 'look'; ms: number }
  | { do: 'advance'; ms: number }
type SyncKind = 'full' | 'dry-run' | 'partial' | 'unknown-revision'

const app = fc.integer({ min: 0, max: 2 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('sync' as const),
      app,
      by: fc.constantFrom('jonas', 'automated', 'nobody'),
      kind: fc.oneof(
        { weight: 4, arbitrary: fc.constant('full' as const) },
        { weight: 2, arbitrary: fc.constantFrom('dry-run', 'partial', 'unknown-revision') },
      ),
      times: fc.oneof(
        { weight: 3, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: 2, max: 6 }) },
      ),
      ms: fc.constantFrom(0, 300, 1_600, 3_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('commit', 'drift'), app }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('delete', 'create'), app }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('project' as const),
      app,
      to: fc.constantFrom('shop', 'platform'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('passages' as const),
      kinds: fc.array(fc.constantFrom<Passage[]>('pass', 'drop', 'twice', 'late'), { maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('blind' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cut', 'restart') }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('look' as const), ms: fc.integer({ min: 0, max: 40 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('down' as const), ms: fc.integer({ min: 0, max: 30 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 10_000 }) }),
  },
)
export const script = fc.array(step, { minLength: 1, maxLength: 20, size: 'max' })

/** A full sync that really took place; `uid` of the object it happened to. */
export type Happened = { uid: string; name: string; id: number; revisions: string[]; deployedAt: number }

const label = 'acme.example'
export const catalog = {
  rules: [
    {
      name: 'labels',
      when: { label: `${label}/service` },
      service: `{label:${label}/service}`,
      environment: `{label:${label}/env}`,
      team: `{label:${label}/team}`,
    },
  ],
  environments: ['dev', 'staging', 'prod'].map((name) => ({ name, protected: name === 'prod' })),
}

/** A practice platform and the worker's loop over it, both under the control of a script. */
export type Play = {
  instance: string
  world: World
  happened: Happened[]
  run(steps: readonly Step[]): Promise<void>
  /** Ends every trouble and lets all that was begun come to its end. */
  calm(): void
  close(): Promise<void>
}

/** Half a day ago, so that everything in the world is past for Postgres. */
const startIso = () => new Date(Math.floor(Date.now() / 1_000) * 1_000 - 43_200_000).toISOString()

export async function startPlay(db: Db, instance: string): Promise<Play> {
  const clock = manualClock(startIso())
  const world = createWorld({ clock, fleet: 'none', services: 1, seed: instance })
  const names = [...world.inner.names]
  const declared = names.map((name) => (world.inner.apps.get(name) as App).declared)
  for (const name of names) world.editSpec(name, (spec) => Object.assign(spec, { revisionHistoryLimit: 3 }))
  // A service of its own for each play: thousands of applications in one would be another test.
  for (const one of world.inner.apps.values()) {
    one.labels = { ...one.labels, [`${label}/service`]: instance }
    one.declared.labels = one.labels
  }
  const happened = record(world)
  const argo = await startArgo(world, { keepAliveMs: 700 })
  let blind = false
  const client = createArgoClient({
    name: instance,
    url: argo.url,
    token: () => (blind ? argo.tokens.reader : argo.tokens.countersign),
    maskKey: 'k',
    timeoutMs: 2_000,
    listTimeoutMs: 2_000,
    silenceMs: 2_000,
  })
  await registerInstances(db, [{ name: instance, webUrl: argo.url }])
  const loop = createLoop(db, client)
  loop.start()
  const play = {
    ...{ world, clock, argo, names, declared, loop },
    setBlind(on: boolean) {
      blind = on
    },
  }
  return {
    instance,
    world,
    happened,
    async run(steps) {
      for (const each of steps) await perform(play, each)
    },
    calm() {
      argo.setFault(undefined)
      argo.setPassages([])
      blind = false
      clock.advance(120_000)
    },
    async close() {
      await loop.stop()
      world.close()
      await Promise.all([client.close(), argo.close()])
    },
  }
}

/** Follows the world itself: every entry that any history ever had, also those that were cut off again. */
function record(world: World): Happened[] {
  const happened: Happened[] = []
  const last = new Map<string, number>()
  const note = (one: App) => {
    for (const entry of one.core?.status.history ?? []) {
      if (entry.id <= (last.get(one.uid) ?? -1)) continue
      last.set(one.uid, entry.id)
      const revisions = entry.revisions ?? [entry.revision ?? '']
      happened.push({
        ...{ uid: one.uid, name: one.name, id: entry.id, revisions },
        deployedAt: Date.parse(entry.deployedAt),
      })
    }
  }
  for (const one of world.inner.apps.values()) note(one)
  world.subscribe(({ app: one }) => note(one))
  return happened
}

function createLoop(db: Db, client: ArgoClient) {
  let over = new AbortController()
  let done: Promise<void> = Promise.resolve()
  const start = () => {
    over = new AbortController()
    const backoffMs = { first: 10, max: 20 }
    done = followInstance({ db, client, catalog, sweepEveryMs: 60, backoffMs }, over.signal)
  }
  const stop = () => {
    over.abort()
    return done
  }
  return { start, stop }
}

type Stage = {
  world: World
  clock: ManualClock
  argo: Argo
  names: string[]
  declared: App['declared'][]
  loop: ReturnType<typeof createLoop>
  setBlind(on: boolean): void
}

async function perform(stage: Stage, step: Step): Promise<void> {
  const { world, clock, argo } = stage
  const name = 'app' in step ? (stage.names[step.app] ?? '') : ''
  const one = world.inner.apps.get(name)
  switch (step.do) {
    case 'sync':
      for (let i = 0; i < step.times && one; i++) sync(stage, one, step)
      return
    case 'commit':
      if (one)
        world.commit({
          service: one.declared.service,
          envs: [one.declared.env],
          version: `9.${clock.now() % 1000}.0`,
        })
      return
    case 'drift':
      if (
        [...(one?.core?.live.values() ?? [])].some(
          (live) => live.owner === name && live.kind === 'Deployment',
        )
      )
        world.drift(name, 7)
      return
    case 'delete':
      return world.delete(name)
    case 'create': {
      const declared = stage.declared[step.app]
      if (!one && declared) world.create({ ...structuredClone(declared), createdAt: clock.now(), past: [] })
      return
    }
    case 'project':
      if (one) world.editSpec(name, (spec) => Object.assign(spec, { project: step.to }))
      return
    case 'passages':
      return argo.setPassages(step.kinds)
    case 'blind':
      return stage.setBlind(step.on)
    case 'cut':
      return argo.cutStreams()
    case 'restart':
      await stage.loop.stop()
      return stage.loop.start()
    case 'down':
      argo.setFault({ kind: 'down' })
      await pause(step.ms)
      return argo.setFault(undefined)
    case 'look':
      await pause(step.ms)
      return
    case 'advance':
      return clock.advance(step.ms)
  }
}

function sync({ world, clock }: Stage, one: App, step: Step & { do: 'sync' }): void {
  if (one.operation) clock.advance(6_000)
  if (one.operation || !world.inner.apps.has(one.name)) return
  const initiatedBy =
    step.by === 'jonas' ? { username: 'jonas' } : step.by === 'automated' ? { automated: true } : {}
  const revision = step.kind === 'unknown-revision' ? '0123456789012345678901234567890123456789' : undefined
  const source = one.spec.source
  world.setOperation(one.name, {
    sync: {
      ...(source ? { source } : {}),
      revision,
      ...(step.kind === 'dry-run' ? { dryRun: true } : {}),
      ...(step.kind === 'partial' ? { resources: [{ kind: 'Service', name: one.declared.service }] } : {}),
    },
    initiatedBy,
    retry: {},
  })
  clock.advance(step.times > 1 ? 3_000 : step.ms)
}
