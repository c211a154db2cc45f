import { expect, test } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import { cellOf, type GridRow, isCommit, type Lane, type Move, sharesCommits } from './grid.ts'

const day = (n: number) => instant(Date.UTC(2026, 5, n))
const row: GridRow = {
  key: '1.1.0',
  version: '1.1.0',
  revisions: ['b'],
  first: day(10),
  last: day(12),
  forAll: true,
}
const lane = (more: Partial<Lane> = {}): Lane => ({
  ...{ application: 'app_p', name: 'shop-prod', environment: 'prod', target: null },
  ...{ since: day(1), newest: day(10), unseenUntil: null },
  ...more,
})
const move = (kind: Move['kind'], from: number, to: number | null, more: Partial<Move> = {}): Move => ({
  ...{ key: '1.1.0', application: 'app_p', from: day(from), to: to === null ? null : day(to), kind },
  ...{
    message: null,
    revisions: ['b'],
    cause: 'automation',
    actor: null,
    release: null,
    knownFrom: 'seen-live',
  },
  ...more,
})

test.each<[string, Move[], Partial<Lane>, string, number?]>([
  ['runs', [move('deployed', 10, null)], {}, 'live', 1],
  ['runs again after another', [move('deployed', 10, 11), move('deployed', 12, null)], {}, 'live', 2],
  ['ran', [move('deployed', 10, 12)], { newest: day(12) }, 'was-here', 1],
  ['is being synced', [move('in-flight', 10, null)], {}, 'in-flight'],
  ['is being synced again', [move('deployed', 10, 11), move('in-flight', 12, null)], {}, 'in-flight'],
  [
    'runs, and a sync of it again is under way',
    [move('deployed', 10, null), move('in-flight', 12, null)],
    {},
    'live',
  ],
  ['failed only', [move('failed', 10, 10), move('failed', 11, 11)], { newest: day(12) }, 'failed', 2],
  ['failed, then ran', [move('failed', 10, 10), move('deployed', 11, 12)], {}, 'was-here', 1],
  ['was left out', [], { newest: day(12) }, 'skipped'],
  ['was not there yet', [], { newest: day(9) }, 'none'],
  ['nothing ever came', [], { since: null, newest: null }, 'none'],
  ['before anything is known there', [], { since: day(11), newest: day(12) }, 'cannot-tell'],
  ['while syncs took place that nobody saw', [], { newest: day(12), unseenUntil: day(11) }, 'cannot-tell'],
  ['after syncs that nobody saw', [], { newest: day(12), unseenUntil: day(10) }, 'skipped'],
  [
    'another version is not it',
    [move('deployed', 10, null, { key: '1.2.0' })],
    { newest: day(12) },
    'skipped',
  ],
  ['another application is not it', [move('deployed', 10, null, { application: 'app_d' })], {}, 'none'],
])('a version that %s', (_, moves, more, kind, times) => {
  const cell = cellOf(row, lane(more), moves)
  expect(cell.kind).toBe(kind)
  if (times !== undefined) expect(cell).toMatchObject({ times })
})

test('of several times the last is shown', () => {
  const cell = cellOf(row, lane(), [
    move('deployed', 10, 11),
    move('deployed', 14, 15),
    move('deployed', 12, 13),
  ])
  expect(cell).toMatchObject({ kind: 'was-here', times: 3, move: { from: day(14) } })
})

test('what was never meant for an environment was not left out there', () => {
  expect(cellOf({ ...row, forAll: false }, lane({ newest: day(12) }), []).kind).toBe('none')
})

test.each([
  [null, true],
  ['abc1234', true],
  ['def5678', false],
  ['1.1.0', false],
])('the version %s is a commit: %s', (version, commit) =>
  expect(isCommit({ version, revisions: ['abc1234'.padEnd(40, '0')] })).toBe(commit),
)

test('environments share commits as soon as two ran the same', () => {
  const one = move('deployed', 1, 2)
  expect(
    sharesCommits([one, { ...one }, move('deployed', 1, 2, { application: 'app_d', revisions: ['c'] })]),
  ).toBe(false)
  expect(sharesCommits([one, { ...one, application: 'app_d' }])).toBe(true)
})
