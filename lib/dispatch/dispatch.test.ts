import { describe, expect, test } from 'vitest'
import { instant, plus } from '#lib/platform/clock.ts'
import { follow, obstacle, recover, type Seen, type SeenIntent, verify, windowsShut } from './dispatch.ts'

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

const sent = (more: Partial<SeenIntent> = {}): SeenIntent => ({
  ...{ n: 1, token: 'ours', preStateHash: 'before', preHistoryId: 3 },
  ...{ createdAt: plus(now, -100_000), quietUntil: plus(now, -1) },
  ...more,
})

describe('after an intent whose answer is unknown', () => {
  const recovered = (seen: Seen | null, ...intents: SeenIntent[]) =>
    recover(intents.length > 0 ? intents : [sent()], seen, 'u', now)
  test('our token in the operation: adopt, also inside the quiet period', () => {
    const intent = sent({ quietUntil: plus(now, 60_000) })
    expect(recovered(app({ operation: operation() }), intent)).toEqual({ do: 'adopt', n: 1 })
  })
  test('the token of the first after the second was written is ours as well', () => {
    const intents = [sent(), sent({ n: 2, token: 'second' })]
    expect(recovered(app({ operation: operation() }), ...intents)).toEqual({ do: 'adopt', n: 1 })
  })
  test.each([
    ['no trace inside the quiet period', app(), sent({ quietUntil: plus(now, 1) }), 'wait'],
    ['gone inside the quiet period', null, sent({ quietUntil: plus(now, 1) }), 'wait'],
    ['no trace after it, nothing has moved', app(), sent(), 'send-again'],
    ['no trace of two', app(), sent({ n: 2 }), 'review'],
    ['something ran since', app({ operationFingerprint: 'other' }), sent(), 'review'],
    [
      'something else is running',
      app({ operation: operation({ inFlight: true, info: [] }) }),
      sent(),
      'review',
    ],
    ['deleted', null, sent(), 'review'],
    ['deleted and created again, with nothing in it', app({ uid: 'another' }), sent(), 'review'],
    [
      'the token of another release',
      app({
        operation: operation({ info: [{ name: 'countersign/token', value: 'theirs' }] }),
        operationFingerprint: 'x',
      }),
      sent(),
      'review',
    ],
  ] as const)('%s: %s', (_, seen, intent, what) =>
    expect(recovered(seen, intent)).toMatchObject({ do: what }),
  )
})

describe('our operation', () => {
  const plan = { uid: 'u', revisions: [sha] }
  const seen = (
    more: Partial<NonNullable<Seen['operation']>>,
    rest: Partial<Seen> = {},
    intent: Partial<SeenIntent> = {},
  ) =>
    follow(
      app({ operation: operation(more), operationFingerprint: 'after', ...rest }),
      sent(intent),
      plan,
      now,
    )
  test('not shown yet by a cache that is behind is no end', () =>
    expect(seen({ info: [] }, { operationFingerprint: 'before' }, { quietUntil: now })).toMatchObject({
      is: 'running',
    }))
  test('not shown for longer than the quiet period: forgotten, for people', () =>
    expect(seen({ info: [] }, { operationFingerprint: 'before' })).toMatchObject({
      is: 'review',
      why: expect.stringContaining('restored'),
    }))
  test('in an application created again is for people', () =>
    expect(seen({}, { uid: 'another' })).toMatchObject({ is: 'review' }))
  test.each([
    ['with an entry that may be ours', { id: 4, revisions: [sha], deployStartedAt: now }, 'entry 4'],
    ['with an older entry of our revision', { id: 3, revisions: [sha], deployStartedAt: now }, 'no entry'],
    [
      'with an entry begun before',
      { id: 4, revisions: [sha], deployStartedAt: plus(now, -200_000) },
      'no entry',
    ],
    ['with an entry of another revision', { id: 4, revisions: ['b'], deployStartedAt: now }, 'no entry'],
  ])('replaced by another, %s', (_, entry, words) =>
    expect(seen({ info: [] }, { history: [entry] })).toMatchObject({
      is: 'review',
      why: expect.stringContaining(words),
    }),
  )
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
  test('Healthy when first seen long after, as after an outage, is given its moment', () => {
    expect(seen('Healthy', watch(0), {}, 3_600_000)).toBe('pending')
    expect(seen('Healthy', watch(2_000), {}, 3_600_000)).toBe('healthy')
  })
  test('a status nobody knows is no success', () => expect(seen('Sparkling', watch(null))).toBe('pending'))
})
