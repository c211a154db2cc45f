import { expect, test } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import { argoCdLink, linkWindow, signalLinks } from './links.ts'

const of = {
  ...{
    service: 'checkout',
    environment: 'prod',
    target: null,
    project: 'shop',
    application: 'checkout-prod',
  },
  ...{ version: '2.14.0', namespace: 'shop-prod', labels: { team: 'shop' } },
}
const window = { from: instant('2026-11-23T09:30:00Z'), to: instant('2026-11-23T11:00:00Z') }
const grafana = {
  url: 'http://g.example',
  orgId: 1,
  metricsDatasource: { uid: 'vm', type: 'prometheus' },
  dashboard: { uid: 'release', variables: { ns: '{namespace}', team: '{label:team}', v: '{version}' } },
}

test('the window reaches from before the sync to after the end, never past now', () => {
  const created = instant('2026-11-23T08:00:00Z')
  const synced = instant('2026-11-23T10:00:00Z')
  const finished = instant('2026-11-23T10:05:00Z')
  const now = instant('2026-11-23T10:10:00Z')
  const late = instant('2026-11-24T10:10:00Z')
  const at = (syncedAt: typeof synced | null, finishedAt: typeof synced | null, to: typeof now) =>
    linkWindow({ createdAt: created, syncedAt, finishedAt }, to)
  expect(at(null, null, now)).toEqual({ from: instant('2026-11-23T07:30:00Z'), to: now })
  expect(at(synced, finished, now)).toEqual({ from: instant('2026-11-23T09:30:00Z'), to: now })
  expect(at(synced, finished, late).to).toBe(instant('2026-11-23T11:05:00Z'))
})

test('every place is named; what is not configured says what to configure', () => {
  const links = signalLinks({}, of, window)
  expect(links.map(({ name }) => name)).toEqual(['Metrics', 'Logs', 'Grafana dashboard', 'Explore', 'Alerts'])
  for (const link of links) expect(link.missing).toMatch(/^Set signals\.\w+\.\w+/)
  const half = signalLinks({ grafana: { url: 'http://g.example', orgId: 1 } }, of, window)
  expect(half[2]?.missing).toContain('signals.grafana.dashboard.uid')
  expect(half[3]?.missing).toContain('metricsDatasource')
})

test('dashboard variables are filled in from the application, or said to be impossible', () => {
  const link = signalLinks({ grafana }, of, window)[2]
  const query = new URL(link?.href ?? '').searchParams
  expect([query.get('var-ns'), query.get('var-team'), query.get('var-v')]).toEqual([
    'shop-prod',
    'shop',
    '2.14.0',
  ])
  const bare = signalLinks({ grafana }, { ...of, labels: {} }, window)[2]
  expect(bare?.missing).toContain('variable team')
  expect(bare?.href).toBeUndefined()
})

test('the people’s address of a system wins over the one of its API', () => {
  const alerts = { url: 'http://api.example', uiUrl: 'http://people.example/' }
  expect(signalLinks({ alerts }, of, window)[4]?.href).toMatch(/^http:\/\/people\.example\/#\/alerts/)
})

test('Argo CD’s page is found by namespace and name', () => {
  expect(argoCdLink('http://argo.example/', { namespace: 'argo cd', name: 'a/b' }).href).toBe(
    'http://argo.example/applications/argo%20cd/a%2Fb',
  )
  expect(argoCdLink(null, { namespace: 'argocd', name: 'a' }).missing).toContain('webUrl')
})
