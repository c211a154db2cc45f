import type { Window } from './links.ts'

/** `type` is the data source plugin; both sides of Grafana's format need it beside the uid. */
export type Datasource = { uid: string; type: string }

/** A dashboard with window and variables filled in; several values of one variable are repeated. */
export function dashboardLink(given: {
  url: string
  orgId: number
  uid: string
  window: Window
  variables: Record<string, string | readonly string[]>
}): string {
  const query = new URLSearchParams([
    ['orgId', `${given.orgId}`],
    ['from', milliseconds(given.window.from)],
    ['to', milliseconds(given.window.to)],
    ['timezone', 'utc'],
    ...Object.entries(given.variables).flatMap(([name, value]) =>
      (typeof value === 'string' ? [value] : value).map((each): [string, string] => [
        `var-${name}`,
        each.toWellFormed(),
      ]),
    ),
  ])
  return `${given.url.replace(/\/$/, '')}/d/${encodeURIComponent(given.uid)}?${query}`
}

/**
 * Explore with metrics on the left and logs on the right, or only one of them; null without any. The format
 * is Grafana's schema version 1: times are texts of milliseconds, pane names have three characters.
 */
export function exploreLink(given: {
  url: string
  orgId: number
  window: Window
  metrics?: { datasource: Datasource; queries: readonly string[] }
  logs?: { datasource: Datasource; query: string }
}): string | null {
  const { metrics, logs } = given
  const range = { from: milliseconds(given.window.from), to: milliseconds(given.window.to) }
  const panes = {
    ...(metrics && {
      met: {
        datasource: metrics.datasource.uid,
        queries: metrics.queries.map((query, i) => ({
          refId: String.fromCharCode(65 + i),
          datasource: { type: metrics.datasource.type, uid: metrics.datasource.uid },
          expr: query.toWellFormed(),
          range: true,
          instant: false,
          editorMode: 'code',
        })),
        range,
        compact: false,
      },
    }),
    ...(logs && {
      log: {
        datasource: logs.datasource.uid,
        queries: [
          {
            refId: 'A',
            datasource: { type: logs.datasource.type, uid: logs.datasource.uid },
            expr: logs.query.toWellFormed(),
            queryType: 'instant',
            maxLines: 1000,
          },
        ],
        range,
        compact: false,
      },
    }),
  }
  if (Object.keys(panes).length === 0) return null
  const query = new URLSearchParams([
    ['schemaVersion', '1'],
    ['panes', JSON.stringify(panes)],
    ['orgId', `${given.orgId}`],
  ])
  return `${given.url.replace(/\/$/, '')}/explore?${query}`
}

/** ISO without milliseconds is silently ignored by Grafana; milliseconds never are. */
function milliseconds(moment: string): string {
  return `${Date.parse(moment)}`
}
