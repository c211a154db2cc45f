import { type Labels, quoted } from '#lib/metrics/label.ts'
import { hashQuery, type Window, windowParameters } from '#lib/metrics/links.ts'

/** Fields as collectors of Kubernetes logs commonly name them; every installation may have others. */
export const logFields = {
  namespace: 'kubernetes.pod_namespace',
  app: 'kubernetes.pod_labels.app.kubernetes.io/name',
  version: 'kubernetes.pod_labels.app.kubernetes.io/version',
} as const

/**
 * A LogsQL query: `{stream="x"} "field":="y"`. Stream labels narrow down by index, fields by content. Values
 * are always quoted, so nothing in them is read as a part of the query.
 */
export function logsQuery(given: { stream: Labels; fields?: Labels }): string {
  const stream = Object.entries(given.stream).map(([name, value]) => `${streamName(name)}=${quoted(value)}`)
  const fields = Object.entries(given.fields ?? {}).map(
    ([name, value]) => `${quoted(name)}:=${quoted(value)}`,
  )
  return [`{${stream.join(',')}}`, ...fields].join(' ')
}

/** The VictoriaLogs UI at `url` (without `/select/vmui`). Note `query`, not `g0.expr`. */
export function victoriaLogsLink(given: {
  url: string
  query: string
  window: Window
  limit?: number
}): string {
  const parameters: [string, string][] = [
    ['query', given.query],
    ...windowParameters(given.window),
    ['limit', `${given.limit ?? 100}`],
    ['accountID', '0'],
    ['projectID', '0'],
  ]
  return `${given.url.replace(/\/$/, '')}/select/vmui/#/?${hashQuery(parameters)}`
}

function streamName(name: string): string {
  return /^[a-zA-Z_][\w.]*$/.test(name) ? name : quoted(name)
}
