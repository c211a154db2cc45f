import { expect, test } from 'vitest'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { HistoryEntry } from '#lib/audit/data.ts'
import { instant, plus } from '#lib/platform/clock.ts'
import { evidenceOf } from './evidence.ts'

const at = instant('2026-11-23T10:00:00Z')
const token = 'abcdefgh-the-rest-stays-secret'
const intent = { n: 1, at, postDeadline: plus(at, 15_000), quietUntil: plus(at, 90_000), token }
const entry = (type: string, seq: number) => ({ type, seq, at, what: type }) as HistoryEntry
const app = (info: { name: string; value: string }[]) =>
  ({
    operation: {
      ...{ inFlight: false, phase: 'Succeeded', message: null, startedAt: at, finishedAt: at, info },
      ...{
        syncedRevisions: [],
        request: { revisions: ['r1'] },
        initiatedBy: { username: 'bob', automated: false },
      },
    },
    history: [
      { id: 7, revisions: ['r0'], deployedAt: plus(at, -60_000), deployStartedAt: null },
      { id: 8, revisions: ['r1'], deployedAt: plus(at, 5_000), deployStartedAt: null },
      { id: 9, revisions: ['r2'], deployedAt: plus(at, 9_000), deployStartedAt: null },
    ],
  }) as unknown as ObservedApplication
const given = { intents: [intent], history: [], revisions: ['r1'] }

test('an operation is ours only with the token of an intent', () => {
  const of = (value: string) =>
    evidenceOf({ ...given, observed: app([{ name: 'countersign/token', value }]) }).operation
  expect(of(token)).toMatchObject({ ours: true, revisions: ['r1'], by: 'bob' })
  expect(of('another')).toMatchObject({ ours: false })
})

test('the history of Argo CD counts from the first intent, and says which entries are as signed', () => {
  const { deployments } = evidenceOf({ ...given, observed: app([]) })
  expect(deployments.map(({ id, planned }) => [id, planned])).toEqual([
    [8, true],
    [9, false],
  ])
})

test('of a token only the beginning is shown, of the log only what Argo CD answered', () => {
  const history = [entry('release.intent', 1), entry('release.ambiguous', 2), entry('release.review', 3)]
  const evidence = evidenceOf({ ...given, history, observed: null })
  expect(JSON.stringify(evidence)).not.toContain('secret')
  expect(evidence.intents[0]?.token).toBe('abcdefgh')
  expect(evidence.answers.map(({ seq }) => seq)).toEqual([2])
  expect([evidence.observed, evidence.operation, evidence.deployments]).toEqual([false, null, []])
})
