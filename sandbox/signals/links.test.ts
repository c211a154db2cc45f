import { describe, expect, test } from 'vitest'
import { explained } from './link-page.ts'
import { readLink } from './links.ts'

const from = Date.parse('2026-11-22T20:30:00Z')
const to = Date.parse('2026-11-22T21:30:00Z')
const hour = { from: '2026-11-22T20:30:00.000Z', to: '2026-11-22T21:30:00.000Z' }
const read = (link: string) => readLink(new URL(link, 'http://tools.acme.example'))
const problems = (link: string) => read(link)?.problems ?? []

describe('Grafana', () => {
  test('a dashboard takes milliseconds, repeated variables, an organisation', () => {
    const link = `/grafana/d/service-release/slug?orgId=1&from=${from}&to=${to}&timezone=utc&var-namespace=shop&var-app=api&var-app=web`
    expect(read(link)).toEqual({
      tool: 'Grafana dashboard',
      range: hour,
      queries: [],
      labels: { namespace: 'shop', app: ['api', 'web'] },
      settings: { dashboard: 'service-release', orgId: '1', timezone: 'utc' },
      problems: [],
    })
  })

  test.each(['2026-11-22T20:30:00Z', 'yesterday', ''])('a dashboard ignores the time %j', (time) => {
    expect(read(`/d/x?from=${time}&to=now`)?.range).toBeUndefined()
    expect(problems(`/d/x?from=${time}&to=now`)).toHaveLength(1)
  })

  test('relative words stay as they are', () => {
    expect(read('/d/x?from=now-1h&to=now')?.range).toEqual({ from: 'now-1h', to: 'now' })
  })

  const pane = {
    datasource: 'vm',
    queries: [{ refId: 'A', datasource: { type: 'prometheus', uid: 'vm' }, expr: 'up{namespace="shop"}' }],
    range: { from: String(from), to: String(to) },
  }
  const explore = (panes: unknown) =>
    `/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify(panes))}&orgId=1`

  test('Explore reads one or two panes', () => {
    const logs = { ...pane, datasource: 'vl', queries: [{ refId: 'A', expr: '{app="x"} level:error' }] }
    expect(read(explore({ rel: pane, log: logs }))).toMatchObject({
      range: hour,
      queries: ['up{namespace="shop"}', '{app="x"} level:error'],
      settings: { 'datasource of rel': 'vm', 'datasource of log': 'vl', orgId: '1' },
      problems: [],
    })
  })

  test.each([
    ['a range in numbers', { rel: { ...pane, range: { from, to } } }],
    ['a data source as an object', { rel: { ...pane, datasource: { uid: 'vm' }, queries: [] } }],
    ['two different data sources', { rel: { ...pane, datasource: 'vl' } }],
    ['a query without expr', { rel: { ...pane, queries: [{ refId: 'A' }] } }],
    ['a pane name it would replace', { metrics: pane }],
  ])('Explore says what it cannot read: %s', (_what, panes) => {
    expect(problems(explore(panes))).toHaveLength(1)
  })

  test('Explore says when panes is no JSON or the schema is missing', () => {
    expect(problems('/explore?schemaVersion=1&panes=%7B')).toEqual(['panes is not JSON.'])
    expect(problems(explore({ rel: pane }).replace('schemaVersion=1', 'x=1'))).toHaveLength(1)
  })
})

describe('vmui and VictoriaLogs', () => {
  const range = 'g0.range_input=1h&g0.end_input=2026-11-22T21:30:00&g0.relative_time=none'

  test('vmui takes its queries and the range from the hash', () => {
    const link = `/select/0/vmui/#/?g0.expr=${encodeURIComponent('sum(rate(a[5m]))')}&${range}&g0.step_input=60s&g0.tab=0&g1.expr=b`
    expect(read(link)).toEqual({
      tool: 'vmui',
      range: hour,
      queries: ['sum(rate(a[5m]))', 'b'],
      labels: {},
      settings: { step: '60s', tab: '0' },
      problems: [],
    })
  })

  test('VictoriaLogs takes query, not g0.expr', () => {
    const link = `/select/vmui/#/?query=${encodeURIComponent('{app="x"} error')}&${range}&limit=100&accountID=0&projectID=0`
    expect(read(link)).toMatchObject({
      tool: 'VictoriaLogs',
      range: hour,
      queries: ['{app="x"} error'],
      settings: { limit: '100', accountID: '0', projectID: '0' },
      problems: [],
    })
    expect(problems('/select/vmui/#/?g0.expr=x')).toHaveLength(1)
  })

  test.each([
    ['the default wins without relative_time', 'g0.range_input=1h&g0.end_input=2026-11-22T21:30:00'],
    ['an end with a zone', 'g0.range_input=1h&g0.end_input=2026-11-22T21:30:00Z&g0.relative_time=none'],
    ['a range without unit', 'g0.range_input=60&g0.end_input=2026-11-22T21:30:00&g0.relative_time=none'],
  ])('says so when %s', (_what, params) => {
    const asked = read(`/vmui/#/?g0.expr=up&${params}`)
    expect(asked?.range).toBeUndefined()
    expect(asked?.problems).toHaveLength(1)
  })

  test('parameters before the hash are not read', () => {
    expect(problems(`/vmui/?g0.expr=up&${range}`).length).toBeGreaterThan(0)
  })
})

describe('Alertmanager', () => {
  test('reads the matchers in braces', () => {
    const filter = encodeURIComponent('{namespace="shop, prod", severity=~"critical|warning"}')
    expect(read(`/alertmanager/#/alerts?filter=${filter}&silenced=true`)).toMatchObject({
      tool: 'Alertmanager',
      labels: { namespace: 'shop, prod', severity: '=~ critical|warning' },
      settings: { silenced: 'true' },
      problems: [],
    })
  })

  test('says what it cannot read', () => {
    expect(problems('/#/alerts?filter=namespace=shop')).toHaveLength(1)
    expect(problems(`/#/alerts?filter=${encodeURIComponent('{nonsense}')}`)).toHaveLength(1)
  })
})

test('an address of no tool is none, and the page shows what it read as text', () => {
  expect(read('/somewhere')).toBeUndefined()
  const asked = read(`/vmui/#/?g0.expr=${encodeURIComponent('<script>alert(1)</script>')}`)
  const html = explained(asked)
  expect(html).not.toContain('<script')
  expect(html).toContain('&lt;script&gt;')
})
