import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { helps, missing, missingGroups, outlook, type Quorum, totalOf, type Vote } from './quorum.ts'

const quorum = (total: number, ...groups: [string, number][]): Quorum => ({
  total,
  groups: groups.map(([group, count]) => ({ group, count })),
})
const vote = (person: string, ...groups: string[]): Vote => ({ person, groups })

/** Every way to give each person one place or none, tried one after the other. */
function filledAtBest(places: string[], people: Vote[]): number {
  const [person, ...others] = people
  if (!person) return 0
  const free = filledAtBest(places, others)
  const taking = [...new Set(places)]
    .filter((place) => person.groups.includes(place))
    .map((place) => {
      const at = places.indexOf(place)
      return 1 + filledAtBest([...places.slice(0, at), ...places.slice(at + 1)], others)
    })
  return Math.max(free, ...taking)
}

const names = ['a', 'b', 'c', 'd']
const votesOf = fc
  .array(fc.subarray(names), { maxLength: 6 })
  .map((all) => all.map((groups, i) => vote(`p${i}`, ...groups)))
const quorums = fc
  .record({
    approvals: fc.integer({ min: 1, max: 5 }),
    groups: fc
      .subarray(names)
      .chain((chosen) =>
        fc.tuple(
          ...chosen.map((group) =>
            fc.record({ group: fc.constant(group), count: fc.integer({ min: 1, max: 3 }) }),
          ),
        ),
      ),
  })
  .map(({ approvals, groups }) => ({ total: totalOf(approvals, groups), groups }))

describe('the matching', () => {
  test('agrees with trying every way to share the votes out', () => {
    fc.assert(
      fc.property(quorums, votesOf, (asked, votes) => {
        const places = asked.groups.flatMap(({ group, count }) => Array<string>(count).fill(group))
        const expected = Math.max(places.length - filledAtBest(places, votes), asked.total - votes.length, 0)
        expect(missing(asked, votes)).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })
  test('every helpful approval brings it exactly one nearer, and some group is named while places are empty', () => {
    fc.assert(
      fc.property(quorums, votesOf, (asked, votes) => {
        const [last, ...before] = votes
        if (!last) return
        const [was, is] = [missing(asked, before), missing(asked, votes)]
        expect(was - is).toBe(helps(asked, before, last) ? 1 : 0)
        const everybody = vote('all', ...names)
        if (is > 0) expect(helps(asked, votes, everybody)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('one person counts for one group', () => {
  const both = quorum(2, ['/leads', 1], ['/shop', 1])
  test('who is in both does not fill both', () => {
    expect(missing(both, [vote('anna', '/leads', '/shop')])).toBe(1)
  })
  test('and is not used up by the wrong one', () => {
    // A greedy count puts anna to /shop, and marta, who is only there, then never helps.
    expect(missing(both, [vote('anna', '/leads', '/shop'), vote('marta', '/shop')])).toBe(0)
    expect(missing(both, [vote('marta', '/shop'), vote('anna', '/leads', '/shop')])).toBe(0)
  })
  test('two votes of one person are one', () => {
    expect(missing(quorum(2), [vote('anna'), vote('anna')])).toBe(1)
  })
  test('a second person of the same group does not help any more', () => {
    expect(helps(both, [vote('marta', '/shop')], vote('dave', '/shop'))).toBe(false)
    expect(helps(both, [vote('marta', '/shop')], vote('anna', '/leads', '/shop'))).toBe(true)
  })
  test('people beyond the groups count for the total only', () => {
    const asked = quorum(3, ['/leads', 1])
    expect(missing(asked, [vote('x'), vote('y'), vote('z')])).toBe(1)
    expect(missing(asked, [vote('x'), vote('y'), vote('z', '/leads')])).toBe(0)
  })
})

describe('in words', () => {
  const asked = quorum(3, ['/leads', 1], ['/shop', 2])
  test.each<[string, Vote[], string]>([
    ['nobody yet', [], 'one from /leads, two from /shop'],
    ['one of two', [vote('marta', '/shop')], 'one from /leads, one from /shop'],
    ['somebody of both: either will do', [vote('anna', '/leads', '/shop')], 'two from /leads or /shop'],
    ['met', [vote('a', '/leads'), vote('b', '/shop'), vote('c', '/shop')], ''],
  ])('%s', (_, votes, words) => expect(missingGroups(asked, votes)).toBe(words))
  test('what nobody can fill is impossible, and said', () => {
    expect(outlook(asked, [], [vote('anna', '/leads', '/shop'), vote('marta', '/shop')]).impossible).toBe(
      'one more approval, one from /leads or /shop',
    )
    expect(outlook(quorum(2), [vote('a')], []).impossible).toBe('one more approval')
    expect(outlook(quorum(2), [vote('a')], [vote('b')])).toEqual({
      missing: 1,
      useful: new Set(['b']),
      impossible: undefined,
    })
  })
})
