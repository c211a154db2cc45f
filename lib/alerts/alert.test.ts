import { describe, expect, it } from 'vitest'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { type AlertSubject, belongsTo, type KeptAlert, mergeAlerts, onsetOf } from './alert.ts'
import type { ListedAlert } from './schema.ts'
import { listedAlerts, listedSilences, webhookSchema } from './schema.ts'

const subject: AlertSubject = {
  ...{ application: 'checkout-prod', service: 'checkout', project: 'shop' },
  ...{ namespace: 'shop-prod', alone: false },
}
const names = { namespace: 'namespace', app: ['app', 'service'] }

describe('whose alert it is', () => {
  const namespace = 'shop-prod'
  it.each<[string, Record<string, string>, boolean]>([
    ['its app', { namespace, app: 'checkout' }, true],
    ['its service', { namespace, service: 'checkout' }, true],
    ['the first label counts', { namespace, app: 'payments', service: 'checkout' }, false],
    ['another app', { namespace, app: 'payments' }, false],
    ['another namespace', { namespace: 'shop-staging', app: 'checkout' }, false],
    ['its workload', { namespace, deployment: 'checkout' }, true],
    ['another workload', { namespace, statefulset: 'ledger' }, false],
    ['its pods', { namespace, pod: 'checkout-7d9-0' }, true],
    ['pods of another of the same beginning', { namespace, pod: 'checkoutish-1' }, false],
    ['nothing but the namespace', { namespace }, false],
    ["Argo CD's own", { namespace: 'argocd', name: 'checkout-prod', project: 'shop' }, true],
    [
      "Argo CD's own of another",
      { namespace, name: 'payments-prod', project: 'shop', app: 'checkout' },
      false,
    ],
    ['nothing at all', {}, false],
  ])('%s', (_, labels, ours) => expect(belongsTo(labels, subject, names)).toBe(ours))

  it('alone in its namespace, the namespace is enough', () => {
    expect(belongsTo({ namespace }, { ...subject, alone: true }, names)).toBe(true)
    expect(belongsTo({ namespace, app: 'other' }, { ...subject, alone: true }, names)).toBe(false)
    expect(belongsTo({ namespace: '' }, { ...subject, namespace: null, alone: true }, names)).toBe(false)
  })
})

const at = (time: string): Instant => instant(`2026-11-24T${time}:00Z`)
const kept = (more: Partial<KeptAlert>): KeptAlert => ({
  ...{ source: 'told', fingerprint: 'f1', startsAt: at('10:00'), endsAt: null },
  ...{ labels: { alertname: 'A' }, annotations: {}, generatorUrl: null },
  ...more,
})
const listed = (more: Partial<ListedAlert>): ListedAlert => ({
  ...{ fingerprint: 'f1', labels: { alertname: 'A' }, annotations: {}, startsAt: at('10:00') },
  ...{ generatorURL: '', status: { state: 'active' } },
  ...more,
})

describe('what is kept and what is listed', () => {
  const states = (...given: Parameters<typeof mergeAlerts>) =>
    mergeAlerts(...given).map(({ name, state }) => `${name} ${state}`)

  it('the same alert is one; who is not listed any more is unheard of, unless nobody answered', () => {
    expect(states([kept({})], [listed({})], [])).toEqual(['A firing'])
    expect(states([kept({})], [], [])).toEqual(['A unheard'])
    expect(states([kept({})], null, [])).toEqual(['A firing'])
    expect(states([kept({ endsAt: at('11:00') })], [], [])).toEqual(['A resolved'])
    expect(states([kept({ source: 'delivery' })], [], [])).toEqual(['A firing'])
    expect(states([kept({ endsAt: at('11:00') })], [listed({ startsAt: at('12:00') })], [])).toEqual([
      ...['A firing', 'A resolved'],
    ])
  })

  it('silences are shown with whose they are, also one that is not listed', () => {
    const silences = listedSilences.parse([
      {
        ...{ id: 's1', createdBy: 'anna', comment: 'known', startsAt: at('09:00'), endsAt: at('12:00') },
        status: { state: 'active' },
        matchers: [
          { name: 'namespace', value: 'shop', isRegex: false },
          { name: 'pod', value: 'c.*', isRegex: true, isEqual: false },
        ],
      },
    ])
    const [alert] = mergeAlerts(
      [],
      [listed({ status: { state: 'suppressed', silencedBy: ['s1', 's2'] } })],
      silences,
    )
    expect(alert).toMatchObject({
      state: 'silenced',
      silences: [
        { id: 's1', by: 'anna', comment: 'known', matchers: 'namespace="shop", pod!~"c.*"' },
        { id: 's2', by: '', until: null },
      ],
    })
    expect(states([], [listed({ status: { state: 'suppressed', inhibitedBy: ['x'] } })], [])).toEqual([
      'A inhibited',
    ])
  })

  it('a link is an address of the web or none', () => {
    const link = (generatorUrl: string) => mergeAlerts([kept({ generatorUrl })], null, [])[0]?.link
    expect(link('https://vmalert.example/x')).toBe('https://vmalert.example/x')
    expect(['javascript:alert(1)', 'data:text/html,x', '/x', ''].map(link)).toEqual([null, null, null, null])
  })
})

it('before, after, or over when the deployment began', () => {
  const onset = (startsAt: Instant, endsAt: Instant | null) => onsetOf({ startsAt, endsAt }, at('10:00'))
  expect(onset(at('10:04'), null)).toEqual({ is: 'after', lateMs: 240_000 })
  expect(onset(at('10:00'), null)).toEqual({ is: 'after', lateMs: 0 })
  expect(onset(at('09:58'), null)).toEqual({ is: 'before', lateMs: 120_000 })
  expect(onset(at('09:58'), at('10:30'))).toEqual({ is: 'before', lateMs: 120_000 })
  expect(onset(at('09:50'), at('10:00'))).toEqual({ is: 'over', lateMs: 600_000 })
})

it('what comes from outside is parsed: no time, too many labels, another version', () => {
  const alert = { status: 'firing', labels: {}, startsAt: '2026-11-24T10:00:00+01:00', fingerprint: 'x' }
  const parse = (more: object) => webhookSchema.safeParse({ version: '4', alerts: [{ ...alert, ...more }] })
  expect(parse({}).data?.alerts[0]?.startsAt).toBe('2026-11-24T09:00:00.000Z')
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`l${index}`, '']))
  for (const wrong of [
    { startsAt: 'now' },
    { labels: many },
    { labels: { a: 'x'.repeat(4001) } },
    { fingerprint: '' },
  ])
    expect(parse(wrong).success).toBe(false)
  expect(listedAlerts.safeParse([{ ...alert, status: { state: 'odd' } }]).success).toBe(false)
})
