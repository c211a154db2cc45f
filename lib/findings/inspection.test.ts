import { expect, test } from 'vitest'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import { instant } from '#lib/platform/clock.ts'
import { inspect, type Known, settingsOf } from './inspection.ts'

const began = instant('2026-11-24T01:00:00Z')
const entry = (id: number, revision: string) => ({
  ...{ id, revisions: [revision], sources: [], deployStartedAt: began, deployedAt: began },
  initiatedBy: { username: 'countersign', automated: false },
})
const app = (revision: string) =>
  ({
    ...{ uid: 'u', operation: null, sources: [], project: 'shop', destination: {}, automated: false },
    ...{ retryRefresh: false, revisionHistoryLimit: 10, sync: { status: 'Synced' } },
    history: [entry(7, revision)],
  }) as unknown as ObservedApplication

/** What a look finds at a sync that carries the token of `rel_1`, which signed revision `aaa`. */
function look(revision: string, before: [string, string][] = [], lastHistoryId = 6) {
  const known: Known = {
    ...{ now: began, ourAccount: 'countersign', driftAfterMs: 0, attempts: [], closed: () => undefined },
    releaseOf: new Map([[began, 'rel_1']]),
    plans: new Map([['rel_1', { revisions: ['aaa'], settings: {} }]]),
    accounted: new Map(before.map(([key, release]) => [key, { release, historyId: 6 }])),
  }
  const baseline = { uid: 'u', lastHistoryId, round: 0, deviates: false, drift: null }
  return inspect({ ...baseline, settings: settingsOf(app(revision)) }, app(revision), known)
}

test('the token of a release explains the revision it signed', () => {
  expect(look('aaa')).toMatchObject({ found: [], linked: [{ release: 'rel_1' }] })
})

test('another revision under its token is other than signed', () => {
  expect(look('bbb')).toMatchObject({
    found: [{ kind: 'deviation', differences: [{ what: 'revisions', before: 'aaa', after: 'bbb' }] }],
    linked: [],
  })
})

test('its token a second time is no second release', () => {
  const again = look('aaa', [['2026-11-23T01:00:00.000Z', 'rel_1']])
  expect(again).toMatchObject({ found: [{ kind: 'deviation' }], linked: [] })
  expect(again.found[0]?.sentence).toContain('a second time')
})

test('entries that stand where others were seen are one finding, not one each', () => {
  const known: Known = {
    ...{ now: began, ourAccount: null, driftAfterMs: 0, attempts: [], closed: () => undefined },
    ...{ releaseOf: new Map(), plans: new Map(), accounted: new Map() },
  }
  const restored = {
    ...app('aaa'),
    history: [5, 6, 7].map((id) => ({ ...entry(id, 'aaa'), deployStartedAt: null })),
  }
  const found = (lastHistoryId: number) => {
    const baseline = { uid: 'u', lastHistoryId, round: 0, deviates: false, drift: null }
    const of = restored as unknown as ObservedApplication
    return inspect({ ...baseline, settings: settingsOf(of) }, of, known).found
  }
  for (const last of [7, 9]) {
    expect(new Set(found(last).map(({ cause }) => cause)).size).toBe(1)
    expect(found(last).filter(({ sync }) => sync)).toHaveLength(3)
    expect(found(last)[0]).toMatchObject({ kind: 'recreated', blocks: true })
  }
  expect(found(6).at(-1)).toMatchObject({ kind: 'unapproved-deployment' })
})
