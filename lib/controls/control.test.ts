import { expect, test } from 'vitest'
import { type Control, controlsOf, coverageOf, type Figures } from './control.ts'

const figures: Figures = {
  changes: { all: 216, release: 210, finding: 3, open: 1, before: 2 },
  sent: {
    ...{ all: 10, glass: 1, signed: 9, lowerFirst: 8, documents: 10, cannotTell: 1, underPolicy: 10 },
    ...{ stepUpAsked: 4, stepUpGiven: 4, anchored: 10, second: 1, back: 2 },
  },
  ended: { all: 9, verified: 8, healthy: 7, review: 1 },
  emergencies: { all: 4, inTime: 2, late: 1, waiting: 0, overdue: 1 },
  log: { size: 100, anchored: 98, anchors: 2, failing: 1, starts: 3, stops: 0 },
  clock: { all: 100, near: 99, capped: false },
  roles: { people: 1, loaded: 2, digests: 2, configurations: 1 },
  decisions: { all: 20, service: 0, own: 0 },
  packs: 1,
  policies: { all: 0, fourEyes: 0 },
}
const of = (id: string, more: Partial<Figures> = {}): Control => {
  const found = controlsOf({ ...figures, ...more }).find((control) => control.id === id)
  if (!found) throw new Error(id)
  return found
}

test('there are eighteen, in order, each with words', () => {
  expect(controlsOf(figures).map(({ id }) => id)).toEqual([...Array(18).keys()].map((n) => `R${n + 1}`))
  for (const { says, asks, feature, source } of controlsOf(figures))
    for (const text of [says, asks, feature, source]) expect(text.length).toBeGreaterThan(3)
})

test('what ran before Countersign is told and does not count', () => {
  expect(of('R1').figure).toEqual({ n: 214, m: 214 })
  expect(of('R1').says).toMatch(/^214 of 214 production changes explained: .* 2 ran before Countersign\.$/)
  const unexplained = of('R1', { changes: { ...figures.changes, release: 209 } })
  expect([unexplained.figure, coverageOf(unexplained)]).toEqual([{ n: 213, m: 214 }, 'part'])
})

test('break-glass does not count as approved before, and is settled in time or not', () => {
  expect(of('R2').figure).toEqual({ n: 9, m: 9 })
  expect(of('R9').figure).toEqual({ n: 2, m: 4 })
  expect(of('R9').says).toBe(
    '2 of 4 emergency changes settled in time. 1 late, 1 overdue, 0 still within their time.',
  )
  const waiting = { all: 1, inTime: 0, late: 0, waiting: 1, overdue: 0 }
  expect(coverageOf(of('R9', { emergencies: waiting }))).toBe('none')
})

test('nothing to judge by is not met, and what nobody can tell says so', () => {
  expect(coverageOf(of('R18'))).toBe('none')
  expect(of('R18').says).toMatch(/^No changes of policies/)
  for (const id of ['R8', 'R15', 'R16', 'R17']) {
    expect(coverageOf(of(id))).toBe('cannot-tell')
    expect(of(id).says.toLowerCase()).toContain('cannot tell')
  }
  expect(coverageOf(of('R10'))).toBe('part')
})
