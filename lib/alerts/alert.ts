import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'
import type { ListedAlert, ListedSilence } from './schema.ts'

/** Which labels say where an alert belongs: by configuration. */
export type AlertLabels = { namespace: string; app: readonly string[] }

/** The application an alert may be about. `alone`: no other application deploys into its namespace. */
export type AlertSubject = {
  application: string
  service: string
  project: string
  namespace: string | null
  alone: boolean
}

/** An alert as kept: what the webhook told, or what the worker worked out. */
export type KeptAlert = {
  source: 'told' | 'delivery'
  fingerprint: string
  startsAt: Instant
  endsAt: Instant | null
  labels: Record<string, string>
  annotations: Record<string, string>
  generatorUrl: string | null
}

export type Silence = { id: string; by: string; comment: string; until: Instant | null; matchers: string }

/**
 * How an alert stands. `unheard`: it was firing when we were last told, and Alertmanager does not list it any more; when
 * it ended nobody knows.
 */
export type AlertState = 'firing' | 'silenced' | 'inhibited' | 'resolved' | 'unheard'

/** An alert on a page. Labels and words come from outside: show them through `visible()`. */
export type Alert = {
  key: string
  of: 'system' | 'delivery'
  name: string
  severity: string | null
  summary: string | null
  state: AlertState
  startsAt: Instant
  endsAt: Instant | null
  labels: Record<string, string>
  silences: Silence[]
  link: string | null
}

const workloads = ['deployment', 'statefulset', 'daemonset', 'rollout'] as const

/** Whether an alert with these labels is about this application. The first rule that can tell decides. */
export function belongsTo(
  labels: Readonly<Record<string, string>>,
  of: AlertSubject,
  names: AlertLabels,
): boolean {
  // Argo CD's own alerts: `namespace` is then where the Application lies, not where it deploys to.
  if (labels.name !== undefined && labels.project !== undefined)
    return labels.name === of.application && labels.project === of.project
  if (of.namespace === null || labels[names.namespace] !== of.namespace) return false
  const app = names.app.map((name) => labels[name]).find(Boolean)
  if (app !== undefined) return app === of.service || app === of.application
  const workload = workloads.map((name) => labels[name]).find(Boolean)
  if (workload !== undefined) return workload === of.service || workload === of.application
  if (labels.pod) return labels.pod === of.service || labels.pod.startsWith(`${of.service}-`)
  return of.alone
}

/** The only link of an alert that is offered: an address of the web. Whoever writes rules writes it. */
const webLink = (url: string | null | undefined): string | null =>
  url && /^https?:$/.test(URL.parse(url)?.protocol ?? '') ? url : null

const keyOf = (fingerprint: string, startsAt: Instant) => `${fingerprint}@${startsAt}`

function base(labels: Record<string, string>, annotations: Record<string, string>) {
  return {
    name: labels.alertname || 'Alert without a name',
    severity: labels.severity ?? null,
    summary: annotations.summary || annotations.description || annotations.message || null,
    labels,
  }
}

/** Matchers as people write them: `namespace="shop", pod=~"checkout-.*"`. */
export const matchersText = (matchers: ListedSilence['matchers']): string =>
  matchers
    .map(
      ({ name, value, isRegex, isEqual }) =>
        `${name}${isEqual ? (isRegex ? '=~' : '=') : isRegex ? '!~' : '!='}${JSON.stringify(value)}`,
    )
    .join(', ')

function silencesOf(ids: readonly string[], silences: readonly ListedSilence[]): Silence[] {
  return ids.map((id) => {
    const found = silences.find((each) => each.id === id)
    return {
      id,
      by: found?.createdBy ?? '',
      comment: found?.comment ?? '',
      until: found?.endsAt ?? null,
      matchers: found ? matchersText(found.matchers) : '',
    }
  })
}

/**
 * What Alertmanager lists now and what is kept, as one list, newest first. `listed` is null when Alertmanager did not
 * answer: then what was firing counts as firing still.
 */
export function mergeAlerts(
  kept: readonly KeptAlert[],
  listed: readonly ListedAlert[] | null,
  silences: readonly ListedSilence[],
): Alert[] {
  const now = new Map((listed ?? []).map((alert) => [keyOf(alert.fingerprint, alert.startsAt), alert]))
  const alerts = kept
    .filter(
      ({ source, fingerprint, startsAt }) => source === 'delivery' || !now.has(keyOf(fingerprint, startsAt)),
    )
    .map((alert): Alert => {
      const told = alert.source === 'told'
      const open = told && listed !== null ? 'unheard' : 'firing'
      return {
        ...base(alert.labels, alert.annotations),
        key: `${alert.source}:${keyOf(alert.fingerprint, alert.startsAt)}`,
        of: told ? 'system' : 'delivery',
        state: alert.endsAt ? 'resolved' : open,
        startsAt: alert.startsAt,
        endsAt: alert.endsAt,
        silences: [],
        link: webLink(alert.generatorUrl),
      }
    })
  for (const [key, alert] of now) {
    const ids = alert.status.silencedBy ?? []
    const inhibited = (alert.status.inhibitedBy ?? []).length > 0
    alerts.push({
      ...base(alert.labels, alert.annotations),
      key: `told:${key}`,
      of: 'system',
      state: ids.length > 0 ? 'silenced' : inhibited ? 'inhibited' : 'firing',
      startsAt: alert.startsAt,
      endsAt: null,
      silences: silencesOf(ids, silences),
      link: webLink(alert.generatorURL),
    })
  }
  return alerts.sort((a, b) =>
    a.startsAt < b.startsAt ? 1 : a.startsAt > b.startsAt ? -1 : a.key < b.key ? -1 : 1,
  )
}

/**
 * How an alert stands to a deployment that began at `from`: firing before it (which clears it), begun after it, or over
 * before it began. `lateMs` is how far it began from the deployment, never negative.
 */
export type Onset = { is: 'before' | 'after' | 'over'; lateMs: number }

export function onsetOf(alert: Pick<Alert, 'startsAt' | 'endsAt'>, from: Instant): Onset {
  const lateMs = millisecondsBetween(from, alert.startsAt)
  if (lateMs >= 0) return { is: 'after', lateMs }
  return { is: alert.endsAt !== null && alert.endsAt <= from ? 'over' : 'before', lateMs: -lateMs }
}
