import { describe, expect, it } from 'vitest'
import { dayStart, filterOf, isNarrowed, textsOf } from './history.ts'
import { parseHistoryQuery } from './schema.ts'

describe('a day begins', () => {
  it.each([
    ['2026-11-23', 'UTC', '2026-11-23T00:00:00.000Z'],
    ['2026-11-23', 'Europe/Berlin', '2026-11-22T23:00:00.000Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    ['2026-11-23', 'Pacific/Auckland', '2026-11-22T11:00:00.000Z'],
    ['2026-11-23', 'America/St_Johns', '2026-11-23T03:30:00.000Z'],
  ])('%s in %s at %s', (day, zone, expected) => {
    expect(dayStart(day, zone)).toBe(expected)
  })
})

it('takes both days of a range whole, also across a change of clocks', () => {
  const { from, to } = filterOf({ from: '2026-10-25', to: '2026-10-25' }, 'Europe/Berlin')
  expect([from, to]).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'])
})

describe('an address', () => {
  it('is read, empty fields being none', () => {
    expect(parseHistoryQuery({ text: '', kind: 'approvals', entry: '7', service: ['a', 'b'] })).toEqual({
      query: { kind: 'approvals', entry: 7, service: 'a' },
      ignored: [],
    })
  })

  it('keeps what it understands and names what not', () => {
    const search = {
      kind: 'votes',
      from: '2026-02-30',
      person: "x' OR 1=1",
      before: '-1',
      service: 'checkout',
    }
    const { query, ignored } = parseHistoryQuery(search)
    expect(query).toEqual({ service: 'checkout' })
    expect(ignored.sort()).toEqual(['before', 'from', 'kind', 'person'])
  })

  it('is written again without what changes to nothing', () => {
    expect(textsOf({ service: 'checkout', entry: 7 }, { entry: undefined, before: 3 })).toEqual({
      service: 'checkout',
      before: '3',
    })
  })

  it('is narrowed by a filter, not by a page', () => {
    expect([isNarrowed({ before: 3, entry: 1 }), isNarrowed({ text: 'a' })]).toEqual([false, true])
  })
})
