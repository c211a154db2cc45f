import 'server-only'
import { readFileSync } from 'node:fs'
import { deriveAlerts } from '#lib/alerts/commands.ts'
import { followRevisions } from '#lib/applications/execute.ts'
import { type ArgoClient, createArgoClient } from '#lib/argocd/client.ts'
import { record } from '#lib/audit/record.ts'
import type { CatalogRules } from '#lib/catalog/application-row.ts'
import { leaseInstance, registerInstances, releaseInstance } from '#lib/catalog/commands.ts'
import { followInstance } from '#lib/catalog/ingest.ts'
import { compareNext, forgetExpired } from '#lib/comparison/execute.ts'
import type { Held } from '#lib/dispatch/execute.ts'
import { approveComplete, expireReleases } from '#lib/dispatch/upkeep.ts'
import { tellOverdue } from '#lib/emergencies/execute.ts'
import { findChanges } from '#lib/findings/execute.ts'
import { followFreezes } from '#lib/freezes/execute.ts'
import { createGit } from '#lib/git/gitlab.ts'
import { createRecheckPace, type Planner, planNext } from '#lib/plans/planner.ts'
import { clock } from '#lib/platform/clock.ts'
import { type Config, getConfig } from '#lib/platform/config.ts'
import { createDb, type Db, inTransaction } from '#lib/platform/db.ts'
import { readEnv } from '#lib/platform/env.ts'
import { newId } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { listen } from '#lib/platform/notify.ts'
import { readSecret } from '#lib/platform/secrets.ts'
import { runCommand } from '#lib/platform/startup-problem.ts'
import { type KeptPolicies, keepPolicies } from '#lib/policies/execute.ts'
import { policyFor } from '#lib/releases/policy.ts'
import { followStream } from '#lib/streams/execute.ts'
import { followStructure } from '#lib/structure/ingest.ts'
import { judgeReleases } from '#lib/verdicts/execute.ts'
import { dispatchReleases } from './dispatching.ts'
import { createPulse, type Pulse } from './pulse.ts'
import { sharedKey } from './shared-key.ts'

const plannersMax = 2

type Deps = {
  db: Db
  id: string
  config: Config
  clients: ReadonlyMap<string, ArgoClient>
  signal: AbortSignal
  policies: KeptPolicies
} & Pick<Held, 'timing' | 'reached'>

function createClients(config: Config, maskKey: Uint8Array): Map<string, ArgoClient> {
  return new Map(
    config.instances.map((instance) => [
      instance.name,
      createArgoClient({
        name: instance.name,
        url: instance.url,
        token: () => readSecret(instance.token),
        maskKey,
        caBundle: instance.caBundle === undefined ? undefined : readFileSync(instance.caBundle, 'utf8'),
      }),
    ]),
  )
}

/** Watches the instances whose lease this worker gets; the others are another worker's until it falls silent. */
function watchInstances({ db, id, config, clients, signal }: Deps): Pulse[] {
  const catalog: CatalogRules = { rules: config.catalog.rules, environments: config.catalog.environments }
  return config.instances.map(({ name, sweepEveryMs }) => {
    let watching: { round: AbortController; done: Promise<void> } | undefined
    const end = async () => {
      watching?.round.abort()
      await watching?.done
      watching = undefined
    }
    const pulse = createPulse(`lease of ${name}`, 4_000, async () => {
      const ours = await leaseInstance(db, name, id).catch(() => false)
      const client = clients.get(name)
      if (!ours) await end()
      else if (!watching && client) {
        const round = new AbortController()
        const both = AbortSignal.any([signal, round.signal])
        const loops = [
          followInstance({ db, client, catalog, sweepEveryMs }, both),
          followStructure({ db, client }, both),
          followRevisions({ db, client }, both),
        ]
        watching = { round, done: Promise.all(loops).then(() => {}) }
      }
      return false
    })
    return {
      wake: pulse.wake,
      stop: async () => {
        await pulse.stop()
        await end()
        await releaseInstance(db, name, id).catch(() => {})
      },
    }
  })
}

function makePlans({ db, id, config, clients, policies }: Deps): Pulse[] {
  const git = createGit(
    config.evidence.git.map(({ match, url, token }) => ({
      match,
      url,
      ...(token ? { token: () => readSecret(token) } : {}),
    })),
  )
  const planner: Planner = {
    db,
    worker: id,
    clients,
    git,
    policy: (where) => policyFor(policies.rules(), where),
    environments: config.catalog.environments.map((each) => each.name),
    recheckAfterMs: createRecheckPace(db),
  }
  return Array.from({ length: plannersMax }, () => createPulse('planning', 2_000, () => planNext(planner)))
}

/** Hands the log to its sink, where one is configured. */
function streamLog({ db, id, config }: Deps): Pulse[] {
  if (!config.audit.stream) return []
  const stream = followStream({ db, worker: id, stream: config.audit.stream })
  const pulse = createPulse('stream of the log', 2_000, stream.round)
  return [{ wake: pulse.wake, stop: () => pulse.stop().then(() => stream.end().catch(() => {})) }]
}

async function recordLife(db: Db, id: string, type: 'process.started' | 'process.stopped'): Promise<void> {
  const event = {
    type,
    actor: { kind: 'worker', name: id },
    subject: {},
    data: { process: 'worker' },
  } as const
  await inTransaction(db, (tx) => record(tx, event))
}

/**
 * The worker: ingest, plans, dispatch, upkeep. As many as you like may run on one database: leases and row locks share
 * out the work. `stop` ends it in order; what it holds is taken over by another after the lease.
 */
export async function runWorker(
  given: { url: string; config: Config; id?: string } & Pick<Held, 'timing' | 'reached'>,
): Promise<{ id: string; stop: () => Promise<void> }> {
  const { url, config, id = newId('worker') } = given
  const db = createDb(url)
  const over = new AbortController()
  const clients = createClients(config, await sharedKey(db, 'mask'))
  await registerInstances(db, config.instances)
  await recordLife(db, id, 'process.started')
  const { timing, reached } = given
  const policies = await keepPolicies(db, config.policies, id)
  const deps: Deps = { db, id, config, clients, signal: over.signal, policies, timing, reached }
  const dispatch = dispatchReleases(deps)
  const plans = makePlans(deps)
  const watches = watchInstances(deps)
  const streams = streamLog(deps)
  const comparisons = createPulse('comparisons', 5_000, () => compareNext(db, clients))
  // Never woken: it looks through all that is protected, and in a large fleet something changes all the time.
  const findings = createPulse('findings', 2_000, () => findChanges({ db, worker: id, clients }))
  const alerts = createPulse('alerts', 15_000, () => deriveAlerts(db).then(() => false))
  const verdicts = createPulse('verdicts', 15_000, () =>
    judgeReleases({ db, worker: id, signals: config.signals }),
  )
  const freezes = createPulse('freezes', 1_000, followFreezes(db))
  const upkeep = createPulse('upkeep', 5_000, async () => {
    await approveComplete(db, id, clock.now())
    await expireReleases(db, id, clock.now())
    await tellOverdue(db, id)
    await forgetExpired(db)
    return false
  })
  const replan = () => {
    for (const plan of plans) plan.wake()
  }
  /** Other policies make other plans: a plan names the policy it was made under. */
  const renew = () =>
    void policies
      .refresh()
      .then(replan, (error: unknown) => log.error('the policies were not read', { error }))
  const wake = () => {
    dispatch.wake()
    renew()
  }
  const listener = await listen(
    url,
    (names) => {
      if (names.release) dispatch.wake()
      if (names.freeze) freezes.wake()
      if (names.comparison) comparisons.wake()
      if (names.policy) renew()
      if (names.log) for (const stream of streams) stream.wake()
      if (names.application || names.catalog) replan()
    },
    wake,
  )
  log.info('worker ready', { worker: id, instances: config.instances.map((each) => each.name) })
  return {
    id,
    stop: async () => {
      over.abort()
      await listener.close()
      await Promise.all(
        [
          dispatch,
          ...plans,
          ...watches,
          ...streams,
          comparisons,
          findings,
          alerts,
          verdicts,
          freezes,
          upkeep,
        ].map((pulse) => pulse.stop()),
      )
      await recordLife(db, id, 'process.stopped').catch((error: unknown) =>
        log.warn('the end was not recorded', { error }),
      )
      await Promise.all([...clients.values()].map((client) => client.close()))
      await db.$disconnect()
    },
  }
}

async function main(): Promise<number> {
  const env = readEnv('worker')
  const worker = await runWorker({ url: env.DATABASE_URL_WORKER as string, config: getConfig() })
  return new Promise((resolve) => {
    const end = () => void worker.stop().then(() => resolve(0))
    process.once('SIGTERM', end)
    process.once('SIGINT', end)
  })
}

if (import.meta.main) await runCommand(main)
