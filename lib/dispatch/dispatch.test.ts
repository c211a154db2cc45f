import { describe, expect, test } from 'vitest'
import { instant, plus } from '#lib/platform/clock.ts'
import { follow, obstacle, recover, type Seen, verify, windowsShut } from './dispatch.ts'

const now = instant('2026-11-23T10:00:00Z')
const sha = 'a'.repeat(40)
const operation = (more: Partial<NonNullable<Seen['operation']>> = {}): NonNullable<Seen['operation']> => ({
  inFlight: false,
  phase: 'Succeeded',
  waitingForRetry: false,
  message: null,
  startedAt: now,
  finishedAt: now,
  syncedRevisions: [sha],
  info: [{ name: 'countersign/token', value: 'ours' }],
  ...more,
})
const app = (more: Partial<Seen> = {}): Seen => ({
  uid: 'u',
  automated: false,
  retryRefresh: false,
  deleting: false,
  revisionHistoryLimit: 10,
  health: { status: 'Healthy' },
  reconciledAt: now,
  operation: null,
  history: [],
  operationFingerprint: 'before',
  ...more,
})

describe('nothing is sent', () => {
  test.each([
    ['while another operation runs', { operation: operation({ inFlight: true, phase: 'Running' }) }, 'wait'],
    ['when automatic sync was switched on', { automated: true }, 'stop'],
    ['when a retry would deploy the newest revision', { retryRefresh: true }, 'stop'],
    ['when the history is too short to follow', { revisionHistoryLimit: 3 }, 'stop'],
    ['when the application is being deleted', { deleting: true }, 'stop'],
  ])('%s', (_, more, kind) => expect(obstacle(app(more))).toMatchObject({ kind }))
  test('otherwise it may be', () => expect(obstacle(app({ operation: operation() }))).toBeNull())
})

test('only an outright yes of the sync windows lets a release pass', () => {
  const said = (canSync: boolean | null) => windowsShut({ ok: true, value: { canSync } })
  expect(said(true)).toBeNull()
  expect(said(false)).toMatch(/window is closed/)
  expect(said(null)).toMatch(/did not say/)
  expect(windowsShut({ ok: false, message: 'timeout' })).toMatch(/did not say .*: timeout/)
})

describe('after an intent whose answer is unknown', () => {
  const intent = { n: 1, token: 'ours', preStateHash: 'before', quietUntil: plus(now, -1) }
  test('our token in the operation: adopt, also inside the quiet period', () => {
    expect(
      recover({ ...intent, quietUntil: plus(now, 60_000) }, app({ operation: operation() }), now),
    ).toEqual({ do: 'adopt' })
  })
  test('no trace inside the quiet period: wait', () =>
    expect(recover({ ...intent, quietUntil: plus(now, 1) }, app(), now)).toMatchObject({ do: 'wait' }))
  test('no trace after it, nothing has moved: send the last time', () =>
    expect(recover(intent, app(), now)).toEqual({ do: 'send-again' }))
  test('no trace of two: people must look', () =>
    expect(recover({ ...intent, n: 2 }, app(), now)).toMatchObject({ do: 'review' }))
  test('something ran since: people must look', () =>
    expect(recover(intent, app({ operationFingerprint: 'other' }), now)).toMatchObject({ do: 'review' }))
  test('something else is running: people must look', () =>
    expect(recover(intent, app({ operation: operation({ inFlight: true, info: [] }) }), now)).toMatchObject({
      do: 'review',
    }))
  test('the token of another release is not ours', () => {
    const foreign = operation({ info: [{ name: 'countersign/token', value: 'theirs' }] })
    expect(recover(intent, app({ operation: foreign, operationFingerprint: 'other' }), now)).toMatchObject({
      do: 'review',
    })
  })
})

describe('our operation', () => {
  const seen = (more: Partial<NonNullable<Seen['operation']>>, rest: Partial<Seen> = {}) =>
    follow(app({ operation: operation(more), ...rest }), 'ours', [sha])
  test('runs', () =>
    expect(seen({ inFlight: true, phase: 'Running' })).toEqual({ is: 'running', phase: 'Running' }))
  test('waiting for a retry is not an end', () =>
    expect(seen({ inFlight: true, waitingForRetry: true })).toMatchObject({ is: 'running' }))
  test('terminating is not an end: it may still succeed', () =>
    expect(seen({ inFlight: true, phase: 'Terminating' })).toMatchObject({ is: 'running' }))
  test('succeeded with the signed revision', () => expect(seen({})).toMatchObject({ is: 'succeeded' }))
  test('succeeded with another revision is for people', () =>
    expect(seen({ syncedRevisions: ['b'.repeat(40)] })).toMatchObject({ is: 'review' }))
  test('succeeded with no revision is for people', () =>
    expect(seen({ syncedRevisions: [] })).toMatchObject({ is: 'review' }))
  test.each(['Failed', 'Error', 'SomethingNew'])('%s is a failure with its words', (phase) =>
    expect(seen({ phase, message: 'no such image' })).toEqual({
      is: 'failed',
      phase,
      message: 'no such image',
    }),
  )
  test('replaced by another before its end was seen is for people', () =>
    expect(seen({ info: [] })).toMatchObject({ is: 'review' }))
})

describe('health after the sync', () => {
  const watch = (healthy: number | null, degraded: number | null = null) => ({
    healthySince: healthy === null ? null : plus(now, -healthy),
    degradedSince: degraded === null ? null : plus(now, -degraded),
  })
  const seen = (
    status: string,
    since: ReturnType<typeof watch>,
    more: Partial<Seen> = {},
    syncedAgoMs = 5_000,
  ) => verify(app({ health: { status }, ...more }), plus(now, -syncedAgoMs), since, now).is
  test('Healthy that lasts', () => expect(seen('Healthy', watch(2_000))).toBe('healthy'))
  test('Healthy for a blink may be the old pods', () => expect(seen('Healthy', watch(100))).toBe('pending'))
  test('Healthy from before the sync does not count', () =>
    expect(seen('Healthy', watch(3_000), { reconciledAt: plus(now, -60_000) })).toBe('pending'))
  test('Degraded for a blink', () => expect(seen('Degraded', watch(null, 1_000))).toBe('pending'))
  test('Degraded that lasts', () => expect(seen('Degraded', watch(null, 11_000))).toBe('unhealthy'))
  test('Progressing for too long', () =>
    expect(seen('Progressing', watch(null), {}, 601_000)).toBe('unhealthy'))
  test('a status nobody knows is no success', () => expect(seen('Sparkling', watch(null))).toBe('pending'))
})
