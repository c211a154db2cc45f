import { describe, expect, test } from 'vitest'
import type { HistoryEntry } from '#lib/argocd/application.ts'
import type { ObservedOperation } from '#lib/argocd/operation.ts'
import { instant } from '#lib/platform/clock.ts'
import { attemptsAfter } from './attempt.ts'
import type { Attempt, Deployment } from './deployment.ts'
import { type OwnSync, type Sighting, toldBy } from './sighting.ts'
import { merge } from './timeline.ts'

const at = (minute: number, ms = 0) => instant(Date.UTC(2026, 5, 3, 14, minute, 0, ms))
const sha = (n: number) => `${n}`.padStart(40, 'a')

const entry = (id: number, minute = id, by: Partial<HistoryEntry['initiatedBy']> = {}): HistoryEntry => ({
  id,
  revisions: [sha(id)],
  sources: [],
  deployStartedAt: at(minute),
  deployedAt: at(minute),
  initiatedBy: { username: null, automated: false, ...by },
})
const entries = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => entry(from + i))

const operation = (of: HistoryEntry, more: Partial<ObservedOperation> = {}): ObservedOperation => ({
  inFlight: false,
  phase: 'Succeeded',
  waitingForRetry: false,
  retryCount: 0,
  message: null,
  startedAt: of.deployStartedAt,
  finishedAt: of.deployedAt,
  request: {
    ...{ revisions: of.revisions, sources: [], prune: false, dryRun: false, partial: false },
    ...{ localManifests: false, syncOptions: [], strategy: null, retryLimit: 0, retryRefresh: false },
  },
  syncedRevisions: of.revisions,
  syncedSources: [],
  images: [],
  failed: [],
  info: [],
  initiatedBy: of.initiatedBy,
  ...more,
})

const sighting = (history: HistoryEntry[], more: Partial<Sighting> = {}): Sighting => ({
  ...{ uid: 'u1', createdAt: at(0), history, operation: null, images: [], settled: false, service: 'shop' },
  ...{ via: 'list', firstContact: false, at: at(59), knownUntil: null },
  ...more,
})

type Known = { own?: OwnSync[]; attempts?: Attempt[] }
function look(stored: Deployment[], seen: Sighting, { own = [], attempts = [] }: Known = {}): Deployment[] {
  const { insert, update } = merge(stored, true, seen, toldBy(seen, { own, attempts }))
  const changed = new Map(update.map((each) => [each.id, each]))
  return [...stored.map((each) => changed.get(each.id) ?? each), ...insert].sort((a, b) =>
    a.from < b.from ? -1 : 1,
  )
}
const short = (rows: Deployment[]) => rows.map((row) => [row.historyId, row.from, row.to])
const expectChain = (rows: Deployment[]) =>
  rows.slice(1).forEach((row, i) => {
    expect(rows[i]?.to).toBe(row.from)
  })

describe('ranges', () => {
  test('each ends where the next begins, the last is open; looking again changes nothing', () => {
    const rows = look([], sighting(entries(1, 3)))
    expect(short(rows)).toEqual([
      [1, at(1), at(2)],
      [2, at(2), at(3)],
      [3, at(3), null],
    ])
    expect(
      merge(rows, true, sighting(entries(1, 3)), toldBy(sighting(entries(1, 3)), { own: [], attempts: [] })),
    ).toEqual({
      insert: [],
      update: [],
    })
  })

  test('ten entries are all Argo CD keeps; we keep the rest', () => {
    let rows: Deployment[] = []
    for (let last = 1; last <= 30; last++) rows = look(rows, sighting(entries(Math.max(1, last - 9), last)))
    expect(rows.map((row) => row.historyId)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    expectChain(rows)
  })

  test('times that collide or run backwards keep their order, a millisecond apart', () => {
    const rows = look([], sighting([entry(1, 5), entry(2, 5), entry(3, 4), entry(4, 6)]))
    expect(rows.map((row) => row.from)).toEqual([at(5), at(5, 1), at(5, 2), at(6)])
    expectChain(rows)
  })

  test('a clock that is ahead cannot put what runs into the future', () => {
    expect(look([], sighting([entry(1, 58)], { at: at(20) }))[0]?.from).toBe(at(20))
  })
})

describe('events that were lost', () => {
  test('history fills them in, said to be from history', () => {
    const rows = look(look([], sighting(entries(1, 2))), sighting(entries(1, 5)))
    expect(rows.map((row) => row.historyId)).toEqual([1, 2, 3, 4, 5])
    expect(new Set(rows.map((row) => row.knownFrom))).toEqual(new Set(['history']))
    expectChain(rows)
  })

  test('more than history keeps: one inferred range from when the state was last known', () => {
    const rows = look(look([], sighting(entries(1, 2))), sighting(entries(9, 12), { knownUntil: at(4) }))
    expect(short(rows).slice(1, 4)).toEqual([
      [2, at(2), at(4)],
      [null, at(4), at(9)],
      [9, at(9), at(10)],
    ])
    expect(rows[2]).toMatchObject({ knownFrom: 'inferred', revisions: [], cause: 'unknown' })
    const again = look(rows, sighting(entries(9, 12), { knownUntil: at(50) }))
    expect(again).toEqual(rows)
  })

  test('a guess never begins after what followed it, whatever the clocks say', () => {
    const rows = look(look([], sighting(entries(1, 2))), sighting(entries(9, 9), { knownUntil: at(58) }))
    expect(short(rows).slice(1)).toEqual([
      [2, at(2), instant(Date.parse(at(9)) - 1)],
      [null, instant(Date.parse(at(9)) - 1), at(9)],
      [9, at(9), null],
    ])
  })

  test('an inferred range is split by what turns up, and gives way when nothing is missing any more', () => {
    const guessed = look(look([], sighting(entries(1, 2))), sighting(entries(6, 8), { knownUntil: at(2, 5) }))
    const split = look(guessed, sighting(entries(5, 8)))
    expect(split.map((row) => row.historyId)).toEqual([1, 2, null, 5, 6, 7, 8])
    expectChain(split)
    const whole = look(split, sighting(entries(3, 8)))
    expect(whole.map((row) => row.historyId)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(whole.every((row) => row.knownFrom !== 'inferred')).toBe(true)
    expectChain(whole)
  })
})

describe('one life after another', () => {
  test('recreated: ids start again, the earlier one ends when the new object was made', () => {
    const first = look([], sighting(entries(0, 3)))
    const second = look(first, sighting([], { uid: 'u2', createdAt: at(20) }))
    expect(second.at(-1)).toMatchObject({ historyId: 3, to: at(20) })
    const third = look(second, sighting([entry(0, 25)], { uid: 'u2', createdAt: at(20) }))
    expect(short(third).slice(-2)).toEqual([
      [3, at(3), at(20)],
      [0, at(25), null],
    ])
  })

  test('an emptied history starts at 0 again in the same life', () => {
    const rows = look(look([], sighting(entries(0, 3))), sighting([entry(0, 30)]))
    expect(rows.map((row) => row.historyId)).toEqual([0, 1, 2, 3, 0])
    expect(rows.at(-2)).toMatchObject({ from: at(3), to: at(30) })
  })

  test('restored from a backup under another uid: the same deployments go on', () => {
    const rows = look(
      look([], sighting(entries(0, 3))),
      sighting(entries(0, 3), { uid: 'u2', createdAt: at(20) }),
    )
    expect(rows).toHaveLength(4)
    expect(rows.at(-1)).toMatchObject({ uid: 'u2', to: null })
  })

  test('deleted by mistake of ours: it goes on', () => {
    const rows = look([], sighting(entries(0, 1))).map((row) => ({ ...row, to: row.to ?? at(40) }))
    expect(look(rows, sighting(entries(0, 1))).at(-1)).toMatchObject({ historyId: 1, to: null })
  })
})

describe('what counts', () => {
  const request = operation(entry(9)).request
  test.each([
    ['a dry run', { request: { ...request, dryRun: true } }],
    ['a partial sync', { request: { ...request, partial: true } }],
    ['a failure', { phase: 'Failed' }],
    ['one that runs', { phase: 'Running', inFlight: true, finishedAt: null }],
  ])('%s deploys nothing', (_what, more) => {
    const seen = sighting([entry(1)], { operation: operation(entry(9), more) })
    expect(look([], seen).map((row) => row.historyId)).toEqual([1])
    expect(attemptsAfter([], seen, [], [])).toHaveLength(1)
  })

  test('without a history the operation alone tells; an entry that comes later is the same one', () => {
    const rows = look([], sighting([], { operation: operation(entry(9)) }))
    expect(short(rows)).toEqual([[null, at(9), null]])
    expect(short(look(rows, sighting([entry(9)])))).toEqual([[9, at(9), null]])
  })

  test('seen live is only the newest, told by the watch together with its operation', () => {
    const rows = look([], sighting(entries(1, 1)))
    const live = { via: 'watch' as const, operation: operation(entry(3)) }
    expect(look(rows, sighting(entries(1, 3), live)).map((row) => row.knownFrom)).toEqual([
      'history',
      'history',
      'seen-live',
    ])
    expect(look([], sighting(entries(1, 3), { ...live, firstContact: true })).at(-1)?.knownFrom).toBe(
      'history',
    )
  })

  test('images are those that were applied, else those that run once all is well; never exchanged later', () => {
    const applied = ['reg/shop:1.2.0']
    const rows = look([], sighting([entry(1)], { operation: operation(entry(1), { images: applied }) }))
    expect(rows[0]).toMatchObject({ images: applied, version: '1.2.0' })
    expect(look(rows, sighting([entry(1)], { settled: true, images: ['reg/shop:evil'] }))).toEqual(rows)
    const untold = look([], sighting([entry(1)], { images: ['reg/shop:old', 'reg/shop:1.3.0'] }))
    expect(untold[0]).toMatchObject({ images: [], version: sha(1).slice(0, 7) })
    const settled = look(untold, sighting([entry(1)], { settled: true, images: ['reg/shop:1.3.0'] }))
    expect(settled[0]).toMatchObject({ images: ['reg/shop:1.3.0'], version: '1.3.0' })
  })
})

describe('who or what', () => {
  const own = (minute: number, n: number): OwnSync => ({
    ...{ token: `token-${n}`, releaseId: `rel_${n}`, revisions: [sha(n)] },
    from: at(minute),
    until: at(minute, 20_000),
  })
  const info = (token: string) => [{ name: 'countersign/token', value: token }]
  const cause = (seen: Sighting, known: Known = {}) => {
    const { cause, actor, releaseId } = look([], seen, known).at(-1) as Deployment
    return [cause, actor, releaseId]
  }

  test.each<[string, Partial<HistoryEntry['initiatedBy']>, unknown[]]>([
    ['an account', { username: 'jonas' }, ['account', 'jonas', null]],
    ['our name, which anybody can write', { username: 'countersign' }, ['account', 'countersign', null]],
    ['automation', { automated: true }, ['automation', null, null]],
    [
      'a controller',
      { automated: true, username: 'applicationset-controller' },
      ['automation', 'applicationset-controller', null],
    ],
    ['nobody', {}, ['unknown', null, null]],
  ])('%s', (_what, by, expected) => {
    expect(cause(sighting([entry(1, 1, by)]))).toEqual(expected)
  })

  test('our release, by its token; a token that is not ours says nothing', () => {
    const by = { username: 'countersign' }
    const seen = (token: string) =>
      sighting([entry(1, 1, by)], { operation: operation(entry(1, 1, by), { info: info(token) }) })
    expect(cause(seen('token-1'), { own: [own(1, 1)] })).toEqual(['release', 'countersign', 'rel_1'])
    expect(cause(seen('forged'), { own: [own(1, 1)] })).toEqual(['account', 'countersign', null])
  })

  test('without its operation: the same revisions while our request was on its way', () => {
    expect(cause(sighting([entry(1)]), { own: [own(1, 1)] })[0]).toBe('release')
    expect(cause(sighting([entry(1)]), { own: [own(3, 1)] })[0]).toBe('unknown')
    expect(cause(sighting([entry(1)]), { own: [own(1, 2)] })[0]).toBe('unknown')
    expect(cause(sighting([entry(1, 1, { automated: true })]), { own: [own(1, 1)] })[0]).toBe('automation')
  })

  test('a sync seen in flight with our token is known again by the second it began in', () => {
    const running = operation(entry(1), {
      phase: 'Running',
      inFlight: true,
      finishedAt: null,
      info: info('token-1'),
    })
    const seen = sighting([], { operation: running })
    const attempts = attemptsAfter([], seen, [], [own(0, 1)])
    expect(attempts).toMatchObject([{ phase: 'Running', cause: 'release', releaseId: 'rel_1' }])
    const ended = sighting([entry(1)], { operation: operation(entry(2), { phase: 'Failed' }) })
    const rows = look([], ended, { attempts, own: [] })
    expect(rows.at(-1)?.releaseId).toBe('rel_1')
    expect(attemptsAfter(attempts, ended, rows, [])).toMatchObject([
      { startedAt: at(1), phase: 'Succeeded', deploymentId: rows[0]?.id },
      { startedAt: at(2), phase: 'Failed', deploymentId: null },
    ])
  })

  test('an operation whose end nobody saw says so', () => {
    const running = operation(entry(1), { phase: 'Running', inFlight: true, finishedAt: null })
    const attempts = attemptsAfter([], sighting([], { operation: running }), [], [])
    const next = sighting([], { operation: operation(entry(2), { phase: 'Error' }) })
    expect(attemptsAfter(attempts, next, [], []).map((each) => each.phase)).toEqual(['Unseen', 'Error'])
    expect(attemptsAfter(attempts, sighting([], { operation: running }), [], [])).toEqual([])
  })
})
