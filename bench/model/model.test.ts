import { expect, test } from 'vitest'
import { recover, type Seen } from '#lib/dispatch/dispatch.ts'
import { instant, plus } from '#lib/platform/clock.ts'
import { judge } from './judge.ts'
import { type Sight, verdict } from './protocol.ts'

test('no interleaving syncs twice or is stuck; every protection that is left out is missed', () => {
  const judged = judge({ claims: 2, crashes: 1, humans: 1 }, { claims: 2, crashes: 0, humans: 1 })
  expect(
    judged.filter(({ faults }) => faults.length > 0).map(({ name, faults }) => ({ name, faults })),
  ).toEqual([])
  expect(judged).toHaveLength(10)
}, 60_000)

const yesOrNo = [false, true]
const sights: Sight[] = yesOrNo.flatMap((ours) =>
  yesOrNo.flatMap((quietOver) =>
    yesOrNo.flatMap((running) =>
      yesOrNo.flatMap((moved) => [1, 2].map((intents) => ({ ours, quietOver, running, moved, intents }))),
    ),
  ),
)
test.each(sights)('the model decides as dispatch does: %j', (sight) => {
  const now = instant('2026-11-24T00:00:00Z')
  const info = [{ name: 'countersign/token', value: sight.ours ? 'token' : 'foreign' }]
  const operation = { inFlight: sight.running, info } as NonNullable<Seen['operation']>
  const app = {
    uid: 'u',
    operation: sight.ours || sight.running ? operation : null,
    operationFingerprint: sight.moved ? 'after' : 'before',
  } as Seen
  const intents = Array.from({ length: sight.intents }, (_, i) => ({
    ...{
      n: i + 1,
      token: i + 1 === sight.intents ? 'token' : 'other',
      preStateHash: 'before',
      preHistoryId: null,
    },
    ...{ createdAt: plus(now, -100_000), quietUntil: plus(now, sight.quietOver ? -1 : 1) },
  }))
  expect(recover(intents, app, 'u', now).do).toBe(verdict(sight))
})
