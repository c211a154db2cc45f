import { alertmanagerLink } from '#lib/alerts/links.ts'
import { logFields, logsQuery, victoriaLogsLink } from '#lib/logs/links.ts'
import { dashboardLink, exploreLink } from '#lib/metrics/grafana.ts'
import { releaseQueries, vmuiLink, type Window } from '#lib/metrics/links.ts'
import { type Instant, plus } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import { fillTemplate, parseTemplate, type Reference } from '#lib/platform/template.ts'

/** What links are filled with. `namespace` is where the workload runs, not where Argo CD keeps the Application. */
export type LinkSubject = {
  service: string
  environment: string
  target: string | null
  project: string
  application: string
  version: string
  namespace: string | null
  labels: Record<string, string>
}

/** A link, or what has to be configured for there to be one. */
export type SignalLink = { name: string; about: string } & (
  | { href: string; missing?: never }
  | { missing: string; href?: never }
)

const beforeMs = 30 * 60_000
const afterMs = 60 * 60_000

/** From half an hour before the sync (or the request) to an hour after the end, and never past now. */
export function linkWindow(
  release: { createdAt: Instant; syncedAt: Instant | null; finishedAt: Instant | null },
  now: Instant,
): Window {
  const end = release.finishedAt ? plus(release.finishedAt, afterMs) : now
  return { from: plus(release.syncedAt ?? release.createdAt, -beforeMs), to: end < now ? end : now }
}

/** The five places to look at after a release, each opened at its window and its application. */
export function signalLinks(signals: Config['signals'], of: LinkSubject, window: Window): SignalLink[] {
  const labels = { ...(of.namespace && { namespace: of.namespace }), app: of.service }
  const fields = {
    ...(of.namespace && { [logFields.namespace]: of.namespace }),
    [logFields.app]: of.service,
  }
  const query = logsQuery({ stream: {}, fields })
  const queries = releaseQueries(labels)
  const ui = (system: { url: string; uiUrl?: string | undefined }) => system.uiUrl ?? system.url
  const { metrics, logs, alerts, grafana } = signals
  const link = (name: string, about: string, href: string | undefined, missing: string): SignalLink =>
    href === undefined ? { name, about, missing } : { name, about, href }
  return [
    link(
      'Metrics',
      'Requests, errors, latency, memory',
      metrics && vmuiLink({ url: ui(metrics), queries, window }),
      'Set signals.metrics.url in countersign.yaml.',
    ),
    link(
      'Logs',
      'Every line of its pods',
      logs && victoriaLogsLink({ url: ui(logs), query, window }),
      'Set signals.logs.url in countersign.yaml.',
    ),
    dashboard(grafana, of, window),
    link(
      'Explore',
      'Metrics and logs side by side in Grafana',
      grafana &&
        (exploreLink({
          url: grafana.url,
          orgId: grafana.orgId,
          window,
          ...(grafana.metricsDatasource && {
            metrics: { datasource: grafana.metricsDatasource, queries },
          }),
          ...(grafana.logsDatasource && { logs: { datasource: grafana.logsDatasource, query } }),
        }) ??
          undefined),
      grafana
        ? 'Set signals.grafana.metricsDatasource or logsDatasource in countersign.yaml.'
        : 'Set signals.grafana.url in countersign.yaml.',
    ),
    link(
      'Alerts',
      'What fires now; Alertmanager keeps no history',
      alerts && alertmanagerLink({ url: ui(alerts), labels }),
      'Set signals.alerts.url in countersign.yaml.',
    ),
  ]
}

function dashboard(grafana: Config['signals']['grafana'], of: LinkSubject, window: Window): SignalLink {
  const [name, about] = ['Grafana dashboard', 'The service around this release']
  if (!grafana) return { name, about, missing: 'Set signals.grafana.url in countersign.yaml.' }
  if (!grafana.dashboard)
    return { name, about, missing: 'Set signals.grafana.dashboard.uid in countersign.yaml.' }
  const variables: Record<string, string> = {}
  for (const [variable, text] of Object.entries(grafana.dashboard.variables)) {
    const template = parseTemplate(text)
    const filled = template.ok
      ? fillTemplate(template.value, (reference) => referred(of, reference))
      : undefined
    if (!filled?.ok)
      return {
        name,
        about,
        missing: `The dashboard variable ${variable} is “${text}”, which this application cannot fill in.`,
      }
    variables[variable] = filled.value
  }
  const { uid } = grafana.dashboard
  return {
    name,
    about,
    href: dashboardLink({ url: grafana.url, orgId: grafana.orgId, uid, window, variables }),
  }
}

/** What a reference of a template means for this application; undefined when it has no such thing. */
export function referred(of: LinkSubject, { from, key }: Reference): string | undefined {
  if (from === 'label') return key === undefined ? undefined : of.labels[key]
  const values: Record<string, string | null> = {
    service: of.service,
    environment: of.environment,
    target: of.target,
    project: of.project,
    application: of.application,
    version: of.version,
    namespace: of.namespace,
  }
  return (Object.hasOwn(values, from) ? values[from] : undefined) ?? undefined
}

/** The Application in Argo CD's own pages, with its namespace because names repeat across namespaces. */
export function argoCdLink(
  webUrl: string | null,
  application: { namespace: string; name: string },
): SignalLink {
  const [name, about] = ['Argo CD', 'The application and its resources']
  if (!webUrl) return { name, about, missing: 'Set webUrl of the instance in countersign.yaml.' }
  const path = [application.namespace, application.name].filter(Boolean).map(encodeURIComponent).join('/')
  return { name, about, href: `${webUrl.replace(/\/$/, '')}/applications/${path}` }
}
