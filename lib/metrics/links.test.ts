import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alertmanagerLink } from '#lib/alerts/links.ts'
import { logsQuery, victoriaLogsLink } from '#lib/logs/links.ts'
import { instant } from '#lib/platform/clock.ts'
import { dashboardLink, exploreLink } from './grafana.ts'
import { selector } from './label.ts'
import { releaseQueries, vmuiLink } from './links.ts'

const window = { from: instant('2026-11-22T20:30:00Z'), to: instant('2026-11-22T21:30:00Z') }
const labels = { namespace: 'shop', app: 'api' }
const value = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a"b', 'a\\', '"}', '\n', '&g0.expr=x', '#/?', '+ %', '🚢', '<script>'),
)
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
const someLabels = fc.dictionary(name, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true })
const moment = fc.integer({ min: 1_600_000_000, max: 1_900_000_000 }).map((seconds) => seconds * 1000)
const someWindow = fc
  .tuple(moment, moment)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => ({ from: instant(Math.min(a, b)), to: instant(Math.max(a, b)) }))

/** Reads `{a="b",c="d"}` the way the tools do: names, quoted values with Go's escapes. */
function parseSelector(text: string): Record<string, string> {
  expect(text).toMatch(/^\{.*\}$/s)
  const pairs = [...text.slice(1, -1).matchAll(/(?:^|,)([\w.]+)=("(?:[^"\\]|\\.)*")/gs)]
  expect(pairs.map(([whole]) => whole).join('')).toBe(text.slice(1, -1))
  return Object.fromEntries(pairs.map(([, each = '', raw = '']) => [each, JSON.parse(raw)]))
}
const wellFormed = (given: Record<string, string>) =>
  Object.fromEntries(Object.entries(given).map(([each, text]) => [each, text.toWellFormed()]))
/** vmui and the like read their parameters behind `#/?`. */
function hashOf(link: string): URLSearchParams {
  const url = new URL(link)
  expect([url.search, url.hash.slice(0, 3)]).toEqual(['', '#/?'])
  return new URLSearchParams(url.hash.slice(3))
}
function windowOf(parameters: URLSearchParams) {
  expect(parameters.get('g0.relative_time')).toBe('none')
  const [, amount, unit = 's'] = /^(\d+)([hms])$/.exec(parameters.get('g0.range_input') ?? '') ?? []
  const endMs = Date.parse(`${parameters.get('g0.end_input')}Z`)
  return {
    from: instant(endMs - Number(amount) * { h: 3_600_000, m: 60_000, s: 1000 }[unit as 'h']),
    to: instant(endMs),
  }
}

describe('in the exact format of the tools', () => {
  it('vmui', () => {
    expect(
      vmuiLink({ url: 'http://vm/select/0/', queries: ['up', 'sum(rate(a[5m]))'], window, stepMs: 60_000 }),
    ).toBe(
      'http://vm/select/0/vmui/#/?g0.expr=up&g1.expr=sum(rate(a%5B5m%5D))&g0.range_input=1h&g0.end_input=2026-11-22T21%3A30%3A00&g0.relative_time=none&g0.step_input=1m&g0.tab=0',
    )
  })

  it('VictoriaLogs', () => {
    expect(
      victoriaLogsLink({
        url: 'http://vl',
        query: logsQuery({ stream: { 'kubernetes.pod_namespace': 'shop' }, fields: { 'a/b': 'x' } }),
        window,
      }),
    ).toBe(
      `http://vl/select/vmui/#/?query=${encodeURIComponent('{kubernetes.pod_namespace="shop"} "a/b":="x"')}&g0.range_input=1h&g0.end_input=2026-11-22T21%3A30%3A00&g0.relative_time=none&limit=100&accountID=0&projectID=0`,
    )
  })

  it('Grafana dashboard', () => {
    expect(
      dashboardLink({
        url: 'http://g/',
        orgId: 1,
        uid: 'app',
        window,
        variables: { namespace: 'shop', app: ['api', 'web'] },
      }),
    ).toBe(
      'http://g/d/app?orgId=1&from=1795379400000&to=1795383000000&timezone=utc&var-namespace=shop&var-app=api&var-app=web',
    )
  })

  it('Grafana Explore: metrics left, logs right', () => {
    const link = exploreLink({
      url: 'http://g',
      orgId: 2,
      window,
      metrics: { datasource: { uid: 'vm', type: 'prometheus' }, queries: ['up'] },
      logs: { datasource: { uid: 'vl', type: 'victoriametrics-logs-datasource' }, query: '*' },
    })
    const { searchParams, pathname } = new URL(link ?? '')
    const panes = JSON.parse(searchParams.get('panes') ?? '')
    const range = { from: '1795379400000', to: '1795383000000' }
    expect([
      pathname,
      searchParams.get('schemaVersion'),
      searchParams.get('orgId'),
      Object.keys(panes),
    ]).toEqual(['/explore', '1', '2', ['met', 'log']])
    expect(panes.met).toEqual({
      datasource: 'vm',
      queries: [
        {
          refId: 'A',
          datasource: { type: 'prometheus', uid: 'vm' },
          expr: 'up',
          range: true,
          instant: false,
          editorMode: 'code',
        },
      ],
      range,
      compact: false,
    })
    expect(panes.log).toMatchObject({
      datasource: 'vl',
      queries: [{ expr: '*', queryType: 'instant', maxLines: 1000 }],
      range,
    })
    expect(exploreLink({ url: 'http://g', orgId: 1, window })).toBeNull()
  })

  it('Alertmanager', () => {
    expect(alertmanagerLink({ url: 'http://am/', labels })).toBe(
      `http://am/#/alerts?silenced=true&inhibited=true&active=true&filter=${encodeURIComponent('{namespace="shop",app="api"}')}`,
    )
  })

  it('queries of a release name every label', () => {
    const queries = releaseQueries(labels)
    expect(queries).toHaveLength(4)
    for (const query of queries) expect(query).toContain('{namespace="shop",app="api"')
    expect(queries[1]).toContain('{namespace="shop",app="api",code=~"5.."}')
  })

  it('label names take the form that Prometheus gives them', () => {
    expect(selector({ 'app.kubernetes.io/name': 'x', '1': 'y' })).toBe('{_1="y",app_kubernetes_io_name="x"}')
  })

  it('a window to the millisecond is widened, never cut', () => {
    const link = vmuiLink({
      url: 'http://vm',
      queries: [],
      window: { from: instant('2026-11-22T20:30:00.400Z'), to: instant('2026-11-22T20:31:10.600Z') },
    })
    expect(windowOf(hashOf(link))).toEqual({
      from: instant('2026-11-22T20:30:00Z'),
      to: instant('2026-11-22T20:31:11Z'),
    })
  })
})

describe('whatever the labels hold, the same comes back', () => {
  const holds = (check: (given: Record<string, string>, at: typeof window) => void) =>
    fc.assert(fc.property(someLabels, someWindow, check))

  it('vmui', () =>
    holds((given, at) => {
      const parameters = hashOf(vmuiLink({ url: 'http://vm/x', queries: [selector(given)], window: at }))
      expect(parseSelector(parameters.get('g0.expr') ?? '')).toEqual(wellFormed(given))
      expect(windowOf(parameters)).toEqual(at)
    }))

  it('VictoriaLogs', () =>
    holds((given, at) => {
      const parameters = hashOf(
        victoriaLogsLink({ url: 'http://vl', query: logsQuery({ stream: given }), window: at }),
      )
      expect(parseSelector(parameters.get('query') ?? '')).toEqual(wellFormed(given))
      expect(windowOf(parameters)).toEqual(at)
    }))

  it('VictoriaLogs fields of any name', () => {
    fc.assert(
      fc.property(value, value, (field, text) => {
        const [, ...rest] = logsQuery({ stream: {}, fields: { [field]: text } }).split('{} ')
        const [, left = '', right = ''] =
          /^("(?:[^"\\]|\\.)*"):=("(?:[^"\\]|\\.)*")$/s.exec(rest.join('{} ')) ?? []
        expect([JSON.parse(left), JSON.parse(right)]).toEqual([field.toWellFormed(), text.toWellFormed()])
      }),
    )
  })

  it('Grafana dashboard', () =>
    holds((given, at) => {
      const { searchParams } = new URL(
        dashboardLink({ url: 'http://g', orgId: 1, uid: 'a/b', window: at, variables: given }),
      )
      const variables = [...searchParams]
        .filter(([each]) => each.startsWith('var-'))
        .map(([each, text]) => [each.slice(4), text])
      expect(Object.fromEntries(variables)).toEqual(wellFormed(given))
      expect([searchParams.get('from'), searchParams.get('to')]).toEqual(
        [at.from, at.to].map((each) => `${Date.parse(each)}`),
      )
    }))

  it('Grafana Explore', () =>
    holds((given, at) => {
      const link = exploreLink({
        url: 'http://g',
        orgId: 1,
        window: at,
        metrics: { datasource: { uid: 'u', type: 't' }, queries: [selector(given)] },
      })
      const panes = JSON.parse(new URL(link ?? '').searchParams.get('panes') ?? '')
      expect(parseSelector(panes.met.queries[0].expr)).toEqual(wellFormed(given))
    }))

  it('Alertmanager', () =>
    holds((given) => {
      const { hash } = new URL(alertmanagerLink({ url: 'http://am', labels: given }))
      expect(parseSelector(new URLSearchParams(hash.split('?')[1]).get('filter') ?? '')).toEqual(
        wellFormed(given),
      )
    }))
})
