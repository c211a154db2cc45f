import 'server-only'
import type { Viewer } from '#lib/access/policy.ts'
import { deploymentFor } from '#lib/logs/data.ts'
import { type Instant, plus } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import type { Db } from '#lib/platform/db.ts'
import { readSignal, type SignalBackend, type SignalOutcome, signalBackend } from '#lib/signals/client.ts'
import { readSubject } from '#lib/signals/data.ts'
import {
  type Alert,
  type AlertLabels,
  type AlertSubject,
  belongsTo,
  mergeAlerts,
  type Onset,
  onsetOf,
} from './alert.ts'
import { isAlone, listAlerts, possibleLabels } from './data.ts'
import { alertmanagerLink } from './links.ts'
import { type ListedAlert, type ListedSilence, listedAlerts, listedSilences } from './schema.ts'

export type AlertsContext = { db: Db; config: Pick<Config, 'signals'>; read?: typeof readSignal }

export const defaultLabels: AlertLabels = {
  namespace: 'namespace',
  app: ['app', 'service', 'app_kubernetes_io_name'],
}
const keepMs = 10_000
/** An alert that was over this long before a deployment says nothing of it. */
const reachMs = 60 * 60_000

export type ShownAlert = Alert & { onset: Onset | null }

export type AlertsView = {
  alerts: ShownAlert[]
  /** Silences of its namespace that are on, whether or not they silence anything. */
  silences: ListedSilence[]
  /** Whether Alertmanager was asked, and what came of it. What is kept is shown in any case. */
  listed: { is: 'answered' | 'not-configured' } | { is: 'failed'; detail: string }
  /** Whether a webhook is configured: without it nobody tells us what ended. */
  kept: boolean
  /** The deployment that they are held against; null when there is none. */
  deployed: Instant | null
  place: { service: string; environment: string }
  at: Instant
  href: string | null
}

/**
 * Alerts about one application that were on at some time of a window: what Alertmanager lists, what was kept and those of
 * the delivery. Null: not theirs to see. `deployed` is the moment that they are held against, the newest deployment's without it.
 */
export async function readAlerts(
  { db, config, read = readSignal }: AlertsContext,
  viewer: Viewer,
  id: string,
  asked: { from: Instant; to: Instant; deployed?: Instant | undefined },
  now: Instant,
): Promise<AlertsView | null> {
  const found = await readSubject(db, viewer, id)
  if (!found) return null
  const { namespace, service, project, application } = found.links
  const names = config.signals.alerts?.labels ?? defaultLabels
  const subject: AlertSubject = { namespace, service, project, application, alone: false }
  const backend = signalBackend(config.signals, 'alerts', found.environment)
  const person = viewer.accountId
  const current = asked.to >= plus(now, -2 * 60_000)
  const deployment = await deploymentFor(db, id, asked.deployed)
  const deployed = deployment?.at ?? null
  const [kept, answers] = await Promise.all([
    listAlerts(db, { application: id, labels: possibleLabels(subject, names) }, asked),
    backend && namespace ? askAlertmanager(read, backend, { subject, names, person }) : null,
  ])
  const listed = answers?.alerts.ok ? answers.alerts.value : null
  const silences = answers?.silences.ok ? answers.silences.value : []
  const all = mergeAlerts(kept, listed, silences)
  const alone = async () => namespace !== null && (await isAlone(db, id, namespace))
  const ours = await ofSubject(all, subject, names, alone)
  const alerts = ours
    .filter(
      ({ startsAt, endsAt, state }) => startsAt <= asked.to && (current || state !== 'unheard' || endsAt),
    )
    .map((alert) => ({ ...alert, onset: deployed ? onsetOf(alert, deployed) : null }))
    .filter(({ onset, endsAt }) => onset?.is !== 'over' || (endsAt ?? '') > plus(deployed ?? now, -reachMs))
  const label = names.app[0] ?? 'app'
  const uiUrl = config.signals.alerts?.uiUrl ?? backend?.url
  return {
    alerts,
    silences: silences.filter(({ status }) => status.state === 'active'),
    listed: !backend
      ? { is: 'not-configured' }
      : answers === null
        ? { is: 'failed', detail: 'Nobody knows yet in which namespace it runs.' }
        : answers.alerts.ok
          ? { is: 'answered' }
          : { is: 'failed', detail: answers.alerts.detail },
    kept: config.signals.alerts?.webhook !== undefined,
    deployed,
    place: { service, environment: found.links.environment },
    at: now,
    href:
      uiUrl === undefined
        ? null
        : alertmanagerLink({
            url: uiUrl,
            labels: { ...(namespace && { [names.namespace]: namespace }), [label]: service },
          }),
  }
}

type Answers = { alerts: SignalOutcome<ListedAlert[]>; silences: SignalOutcome<ListedSilence[]> }

/** Both lists, and Argo CD's own alerts, whose `namespace` is another. */
async function askAlertmanager(
  read: typeof readSignal,
  backend: SignalBackend,
  { subject, names, person }: { subject: AlertSubject; names: AlertLabels; person: string },
): Promise<Answers> {
  const alerts = (scope: Record<string, string>) =>
    read(
      { backend, path: '/api/v2/alerts', params: [], scope, person },
      { parse: (text) => listedAlerts.parse(JSON.parse(text)), keepMs, as: 'alerts' },
    )
  const [own, argoCd] = possibleLabels(subject, names)
  const [first, second, silences] = await Promise.all([
    alerts(own ?? {}),
    argoCd ? alerts(argoCd) : null,
    read(
      { backend, path: '/api/v2/silences', params: [], scope: own ?? {}, person },
      { parse: (text) => listedSilences.parse(JSON.parse(text)), keepMs, as: 'silences' },
    ),
  ])
  if (!first.ok || !second?.ok) return { alerts: first, silences }
  return { alerts: { ok: true, value: [...first.value, ...second.value] }, silences }
}

/** Those about this application. Whether it is alone in its namespace is looked up only when that decides. */
async function ofSubject(
  alerts: readonly Alert[],
  subject: AlertSubject,
  names: AlertLabels,
  alone: () => Promise<boolean>,
): Promise<Alert[]> {
  const about = (alone: boolean) =>
    alerts.filter(({ of, labels }) => of === 'delivery' || belongsTo(labels, { ...subject, alone }, names))
  const [surely, perhaps] = [about(false), about(true)]
  return perhaps.length > surely.length && (await alone()) ? perhaps : surely
}
