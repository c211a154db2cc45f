import { expect, it } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import { type Deployed, type Reach, rankSuspects, spanWords } from './suspect.ts'

const at = instant('2026-11-24T10:42:00Z')
let count = 0
const deployed = (time: string, reach: Reach, more: Partial<Deployed> = {}): Deployed => ({
  ...{
    id: `dep_${count++}`,
    application: 'app_1',
    name: `${reach} ${time}`,
    service: 's',
    environment: 'prod',
  },
  ...{ target: null, version: '2', before: '1', release: null, cause: 'release', actor: null, resources: 3 },
  ...{ at: instant(`2026-11-24T${time}:00Z`), reach, ...more },
})
const order = (...given: Deployed[]) => rankSuspects(given, at).map(({ name }) => name)

it('the nearest in time and place first', () => {
  expect(order(deployed('10:00', 'service'), deployed('10:38', 'service'))).toEqual([
    ...['service 10:38', 'service 10:00'],
  ])
  expect(
    order(deployed('10:38', 'team'), deployed('10:30', 'service'), deployed('10:38', 'project')),
  ).toEqual([...['service 10:30', 'project 10:38', 'team 10:38']])
  // Long ago, even the service itself is less likely than a neighbour of just before.
  expect(order(deployed('07:00', 'service'), deployed('10:40', 'namespace'))[0]).toBe('namespace 10:40')
})

it('what came later is cleared, but for a slack of two minutes', () => {
  const [slack, late] = rankSuspects([deployed('10:50', 'service'), deployed('10:43', 'team')], at)
  expect(slack).toMatchObject({ name: 'team 10:43', reasons: ['at the same moment', 'the same team'] })
  expect(late).toMatchObject({ score: 0, reasons: ['8 min after, too late', 'the service itself'] })
})

it('the same version again is less likely, and says so', () => {
  const [, same] = rankSuspects(
    [deployed('10:38', 'service', { before: '2' }), deployed('10:38', 'service')],
    at,
  )
  expect(same?.reasons).toEqual(['4 min before', 'the service itself', 'the version did not change'])
})

it('spans in words', () => {
  expect([0, 4 * 60_000, -90 * 60_000, 120 * 60_000].map(spanWords)).toEqual([
    ...['less than a minute', '4 min', '1 h 30 min', '2 h'],
  ])
})
