import { expect, test } from 'vitest'
import type { PlacedAttempt, PlacedDeployment } from '#lib/deployments/data.ts'
import { instant } from '#lib/platform/clock.ts'
import { bound, type HistoryKey, type Life, merge, readKey, writeKey } from './history.ts'

const at = (minute: number) => instant(Date.UTC(2026, 5, 3, 14, minute))
const deployed = (minute: number) => ({ id: `d${minute}`, from: at(minute) }) as PlacedDeployment
const tried = (minute: number) => ({ startedAt: at(minute) }) as PlacedAttempt
const lives: Life[] = [
  { from: at(30), to: null, began: 'recreated', ended: null, renamedFrom: null, renamedTo: null },
  { from: at(0), to: at(30), began: 'found', ended: 'recreated', renamedFrom: null, renamedTo: null },
]
const deployments = [41, 40, 20, 10, 5].map(deployed)
const attempts = [40, 25, 20, 1].map(tried)

/** As the database gives them: after a key, one more than a page. */
function page(key: HistoryKey | null, limit: number) {
  const given = {
    deployments: deployments
      .filter(({ from }) => !key || from < bound(key, 'deployment'))
      .slice(0, limit + 1),
    attempts: attempts
      .filter(({ startedAt }) => !key || startedAt < bound(key, 'attempt'))
      .slice(0, limit + 1),
    lives,
  }
  return merge(given, key, limit)
}

test.each([1, 2, 3, 4, 5, 11, 50])('pages of %i lose nothing and show nothing twice', (limit) => {
  const seen: string[] = []
  let key: HistoryKey | null = null
  for (let n = 0; n < 20; n++) {
    const { moments, next } = page(key, limit)
    seen.push(...moments.map((each) => `${each.kind} ${each.at.slice(14, 16)}`))
    if (!next) break
    key = readKey(writeKey(next))
    expect(key).toEqual(next)
  }
  expect(seen).toEqual([
    ...['deployment 41', 'deployment 40', 'attempt 40', 'went 30', 'came 30', 'attempt 25'],
    ...['deployment 20', 'attempt 20', 'deployment 10', 'deployment 05', 'attempt 01'],
  ])
})

test('what is no key begins at the newest', () => {
  for (const text of [undefined, '', 'x', '2026-13-40T99:99:99Z', '2026-06-03', "'; DROP TABLE"])
    expect(readKey(text)).toBeNull()
})
