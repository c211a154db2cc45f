import { parseMatcher } from './alerts.ts'

/** What a deep link asks a tool to show, as that tool would read it, and what it could not read. */
export type Asked = {
  tool: 'Grafana dashboard' | 'Grafana Explore' | 'vmui' | 'VictoriaLogs' | 'Alertmanager'
  /** ISO times, or the tool's own relative words (`now-1h`). Absent: the tool's default range. */
  range?: { from: string; to: string }
  queries: string[]
  labels: Record<string, string | string[]>
  /** Everything else that was understood: dashboard, limit, step, data source. */
  settings: Record<string, string>
  problems: string[]
}

/** Reads a link to one of the stand-ins, hash included; undefined when it is none of theirs. */
export function readLink(url: URL): Asked | undefined {
  const { pathname: path } = url
  if (/\/d\/[^/]/.test(path)) return dashboard(url)
  if (/\/explore\/?$/.test(path)) return explore(url)
  if (/\/select\/vmui\/?$/.test(path)) return victoriaLogs(url)
  if (/\/vmui\/?$/.test(path)) return vmui(url)
  return url.hash.startsWith('#/alerts') ? alertmanager(url) : undefined
}

const blank = (tool: Asked['tool']): Asked => ({ tool, queries: [], labels: {}, settings: {}, problems: [] })

/** Grafana takes epoch milliseconds, `now…`, and ISO only at exactly 24 characters; anything else is ignored. */
function grafanaTime(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  if (/^\d+$/.test(value)) return new Date(Number(value)).toISOString()
  if (/^now([-+/]|$)/.test(value)) return value
  return value.length === 24 && !Number.isNaN(Date.parse(value)) ? value : undefined
}

function grafanaRange(asked: Asked, from: unknown, to: unknown, where: string): void {
  const [start, end] = [grafanaTime(from), grafanaTime(to)]
  if (start && end) asked.range = { from: start, to: end }
  else if (from !== undefined || to !== undefined) {
    asked.problems.push(
      `The time range ${where} cannot be read: ${JSON.stringify(from)} to ${JSON.stringify(to)}.`,
    )
  }
}

function dashboard(url: URL): Asked {
  const asked = blank('Grafana dashboard')
  const [, uid = ''] = /\/d\/([^/]+)/.exec(url.pathname) ?? []
  asked.settings.dashboard = decodeURIComponent(uid)
  const params = url.searchParams
  grafanaRange(asked, params.get('from') ?? undefined, params.get('to') ?? undefined, 'of the dashboard')
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name)
    if (name.startsWith('var-')) asked.labels[name.slice(4)] = values.length > 1 ? values : (values[0] ?? '')
    else if (name !== 'from' && name !== 'to') asked.settings[name] = values.join()
  }
  return asked
}

type Pane = {
  datasource?: unknown
  queries?: { expr?: unknown; datasource?: { type?: unknown; uid?: unknown } }[]
  range?: { from?: unknown; to?: unknown }
}

function explore(url: URL): Asked {
  const asked = blank('Grafana Explore')
  const params = url.searchParams
  if (params.get('schemaVersion') !== '1')
    asked.problems.push('schemaVersion is not 1, so panes are not read.')
  const orgId = params.get('orgId')
  if (orgId) asked.settings.orgId = orgId
  const panes = parsedObject(params.get('panes')) as Record<string, Pane> | undefined
  if (!panes) {
    asked.problems.push('panes is not JSON.')
    return asked
  }
  for (const [key, pane] of Object.entries(panes)) {
    if (!/^(?=.*[a-z])[a-z0-9]{3}$/i.test(key)) asked.problems.push(`The pane name ${key} will be replaced.`)
    if (typeof pane.datasource !== 'string')
      asked.problems.push(`Pane ${key}: datasource is not the text of a UID.`)
    else asked.settings[`datasource of ${key}`] = pane.datasource
    grafanaRange(asked, pane.range?.from, pane.range?.to, `of pane ${key}`)
    for (const query of pane.queries ?? []) {
      if (typeof query.expr === 'string') asked.queries.push(query.expr)
      else asked.problems.push(`Pane ${key}: a query has no expr.`)
      if (query.datasource && query.datasource.uid !== pane.datasource) {
        asked.problems.push(`Pane ${key}: a query names another data source than its pane.`)
      }
    }
  }
  return asked
}

function parsedObject(json: string | null): object | undefined {
  try {
    const value: unknown = JSON.parse(json ?? '')
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** vmui and the VictoriaLogs UI keep their parameters after `#/?`, where no server sees them. */
function hashParams(url: URL, asked: Asked): URLSearchParams {
  const [route = '', query = ''] = url.hash.split(/\?(.*)/s)
  if (route !== '#/') asked.problems.push(`The route ${route || '(none)'} is not the query page.`)
  if (url.search) asked.problems.push('Parameters before the # are not read.')
  return new URLSearchParams(query)
}

function vmRange(asked: Asked, params: URLSearchParams): void {
  const relative = params.get('g0.relative_time')
  const end = params.get('g0.end_input')
  const length = params.get('g0.range_input')
  if (relative && relative !== 'none') {
    asked.settings['relative time'] = relative
    return
  }
  if (!end && !length) return
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(length ?? '') ?? []
  const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }[unit]
  const endMs = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?$/.test(end ?? '')
    ? Date.parse(`${end?.replace(' ', 'T')}Z`)
    : Number.NaN
  if (relative !== 'none') {
    asked.problems.push('Without g0.relative_time=none the default “last 30 minutes” wins over the range.')
  } else if (Number.isNaN(endMs) || !amount || !unitMs) {
    asked.problems.push(
      `The time range cannot be read: ${length} before ${end} (UTC without a zone is wanted).`,
    )
  } else {
    const fromMs = endMs - Number(amount) * unitMs
    asked.range = { from: new Date(fromMs).toISOString(), to: new Date(endMs).toISOString() }
  }
}

function vmui(url: URL): Asked {
  const asked = blank('vmui')
  const params = hashParams(url, asked)
  vmRange(asked, params)
  for (let index = 0; params.has(`g${index}.expr`); index += 1)
    asked.queries.push(params.get(`g${index}.expr`) ?? '')
  if (asked.queries.length === 0) asked.problems.push('There is no g0.expr, so nothing is queried.')
  for (const name of ['step_input', 'tab']) {
    const value = params.get(`g0.${name}`)
    if (value) asked.settings[name.replace('_input', '')] = value
  }
  return asked
}

function victoriaLogs(url: URL): Asked {
  const asked = blank('VictoriaLogs')
  const params = hashParams(url, asked)
  vmRange(asked, params)
  const query = params.get('query')
  if (query) asked.queries.push(query)
  else asked.problems.push('There is no query, so everything is shown.')
  for (const name of ['limit', 'accountID', 'projectID']) {
    const value = params.get(name)
    if (value) asked.settings[name] = value
  }
  return asked
}

function alertmanager(url: URL): Asked {
  const asked = blank('Alertmanager')
  const params = new URLSearchParams(url.hash.split(/\?(.*)/s)[1] ?? '')
  for (const name of ['silenced', 'inhibited', 'active', 'receiver']) {
    const value = params.get(name)
    if (value) asked.settings[name] = value
  }
  const filter = params.get('filter') ?? ''
  const inner = /^\{(.*)\}$/s.exec(filter)?.[1]
  if (inner === undefined) {
    if (filter) asked.problems.push(`The filter is not in braces: ${filter}`)
    return asked
  }
  for (const part of inner.match(/[^,"]+(?:"(?:[^"\\]|\\.)*")?/g) ?? []) {
    try {
      const { label, op, value } = parseMatcher(part)
      asked.labels[label] = op === '=' ? value : `${op} ${value}`
    } catch {
      asked.problems.push(`A matcher cannot be read: ${part.trim()}`)
    }
  }
  return asked
}
