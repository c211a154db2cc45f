import { type FiringAlert, firingAlerts } from './alerts.ts'
import type { Workload } from './traffic.ts'

const timeoutMs = 5_000
const atOnceMax = 100

export type Webhook = { url: string; secret: string }

/** What Alertmanager would send of these alerts (webhook version 4). A silenced alert notifies nobody. */
export function webhookMessage(
  firing: readonly FiringAlert[],
  resolved: readonly FiringAlert[],
  endedAt: string,
) {
  const alert = (given: FiringAlert, status: 'firing' | 'resolved') => {
    const { labels, annotations, startsAt, generatorURL, fingerprint } = given
    const endsAt = status === 'firing' ? '0001-01-01T00:00:00Z' : endedAt
    return { status, labels, annotations, startsAt, endsAt, generatorURL, fingerprint }
  }
  return {
    version: '4',
    groupKey: '{}:{}',
    truncatedAlerts: 0,
    status: firing.length > 0 ? 'firing' : 'resolved',
    receiver: 'countersign',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: '',
    alerts: [
      ...firing.map((each) => alert(each, 'firing')),
      ...resolved.map((each) => alert(each, 'resolved')),
    ],
  }
}

/** Tells a webhook what begins and what ends to fire, again until it listens. Answers with what stops it. */
export function tellWebhook(
  { url, secret }: Webhook,
  world: { workloads: () => readonly Workload[]; now: () => number },
  everyMs = 5_000,
): () => void {
  const told = new Map<string, FiringAlert>()
  let busy = false
  const tell = async () => {
    if (busy) return
    busy = true
    try {
      const key = (alert: FiringAlert) => `${alert.fingerprint}@${alert.startsAt}`
      const all = firingAlerts(world.workloads(), world.now())
      const firing = all.filter((alert) => alert.status.state === 'active')
      const begun = firing.filter((alert) => !told.has(key(alert))).slice(0, atOnceMax)
      const still = new Set(firing.map(key))
      const ended = [...told].filter(([known]) => !still.has(known)).slice(0, atOnceMax)
      if (begun.length + ended.length === 0) return
      const over = ended.map(([, alert]) => alert)
      const { status } = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify(webhookMessage(begun, over, new Date(world.now()).toISOString())),
        signal: AbortSignal.timeout(timeoutMs),
      })
      // As Alertmanager: tried again after 5xx and 429, given up after any other refusal.
      if (status >= 500 || status === 429) return
      for (const alert of begun) told.set(key(alert), alert)
      for (const [known] of ended) told.delete(known)
    } catch {
      // Nobody listens yet.
    } finally {
      busy = false
    }
  }
  const timer = setInterval(tell, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
