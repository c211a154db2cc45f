import { createHash } from 'node:crypto'
import { type Answer, json } from './answer.ts'
import { select } from './promql-evaluate.ts'
import { type Matcher, SyntaxError422 } from './promql-parse.ts'
import type { Workload } from './traffic.ts'

/** A rule like `for: 2m` over a 5 minute rate: the alert starts some minutes after the bad rollout. */
const onsetMs = 4 * 60_000
const resolveTimeoutMs = 5 * 60_000

/** Alertmanager's read interface: what fires is the latest rollout of a workload, if it is a bad one. */
export function serveAlerts(
  path: string,
  params: URLSearchParams,
  workloads: readonly Workload[],
  nowMs: number,
): Answer | undefined {
  if (path === '/api/v2/status') return json(200, status)
  if (path !== '/api/v2/alerts' && path !== '/api/v2/silences') return undefined
  let matchers: Matcher[]
  try {
    matchers = params.getAll('filter').map(parseMatcher)
  } catch (error) {
    if (error instanceof SyntaxError422) return json(400, error.message)
    throw error
  }
  if (path === '/api/v2/silences') return json(200, silencesFor(matchers, workloads, nowMs))
  if (params.get('active') === 'false') return json(200, [])
  const firing = firingAlerts(workloads, nowMs)
  const wanted = select(
    firing.map((alert) => ({ ...alert, valueAt: () => 1 })),
    matchers,
  )
  return json(
    200,
    firing.filter((alert) => wanted.some((one) => one.labels === alert.labels)),
  )
}

/** Everything that fires, silenced or not. */
export const firingAlerts = (workloads: readonly Workload[], nowMs: number) =>
  workloads.flatMap((workload) => alertOf(workload, nowMs))
export type FiringAlert = ReturnType<typeof firingAlerts>[number]

/** Staging is silenced: somebody knows that it breaks. */
const isSilenced = ({ namespace }: Workload) => namespace.endsWith('-staging')
const silenceId = ({ app, namespace }: Workload) => {
  const hex = createHash('sha256').update(`silence/${namespace}/${app}`).digest('hex')
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** Filters of silences look at their matchers, as if these were labels. */
function silencesFor(filters: readonly Matcher[], workloads: readonly Workload[], nowMs: number) {
  return workloads
    .filter((workload) => isSilenced(workload) && alertOf(workload, nowMs).length > 0)
    .map((workload) => {
      const { app, namespace } = workload
      const startsAt = new Date((workload.rollouts.at(-1)?.atMs ?? 0) + onsetMs).toISOString()
      const matcher = (name: string, value: string) => ({ isEqual: true, isRegex: false, name, value })
      return {
        id: silenceId(workload),
        status: { state: 'active' },
        comment: 'Known: the new version is being looked at.',
        createdBy: 'mei',
        startsAt,
        endsAt: new Date(Date.parse(startsAt) + 30 * 86_400_000).toISOString(),
        updatedAt: startsAt,
        matchers: [matcher('namespace', namespace), matcher('app', app)],
      }
    })
    .filter(({ matchers }) => {
      const labels = Object.fromEntries(matchers.map(({ name, value }) => [name, value]))
      return select([{ labels, valueAt: () => 1, lastBefore: (atMs: number) => atMs }], filters).length > 0
    })
}

function alertOf(workload: Workload, nowMs: number) {
  const { app, namespace, rollouts } = workload
  const silencedBy = isSilenced(workload) ? [silenceId(workload)] : []
  const latest = rollouts.at(-1)
  if (!latest?.bad || latest.atMs + onsetMs > nowMs) return []
  const startsAt = new Date(latest.atMs + onsetMs).toISOString()
  return [
    {
      annotations: { summary: `More than 5% of the requests to ${app} fail.` },
      endsAt: new Date(nowMs + resolveTimeoutMs).toISOString(),
      fingerprint: createHash('sha256').update(`${namespace}/${app}`).digest('hex').slice(0, 16),
      receivers: [{ name: 'team-shop' }],
      startsAt,
      status: {
        ...{ inhibitedBy: [] as string[], mutedBy: [] as string[], silencedBy },
        state: silencedBy.length > 0 ? 'suppressed' : 'active',
      },
      updatedAt: new Date(nowMs).toISOString(),
      generatorURL: '',
      labels: { alertname: 'HighErrorRatio', namespace, app, severity: 'critical' },
    },
  ]
}

/** `name="value"`, `=~`, `!=`, `!~`, quotes optional; worded as Alertmanager words its refusal. */
export function parseMatcher(text: string): Matcher {
  const [, label, op, value = ''] = /^\s*([a-zA-Z_][\w]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/.exec(text) ?? []
  const quoted = value.startsWith('"')
  if (!label || (quoted && !/^"(?:[^"\\]|\\.)*"$/.test(value))) {
    throw new SyntaxError422(`bad matcher format: ${text}`)
  }
  return { label, op: op as Matcher['op'], value: quoted ? JSON.parse(value) : value }
}

const status = {
  cluster: { name: '01SANDBOX', peers: [], status: 'disabled' },
  config: { original: 'route:\n  receiver: team-shop\nreceivers:\n- name: team-shop\n' },
  uptime: '2026-11-01T00:00:00.000Z',
  versionInfo: {
    branch: 'sandbox',
    buildDate: '',
    buildUser: '',
    goVersion: '',
    revision: '',
    version: '0.28.0',
  },
}
