import { expect, test } from 'vitest'
import type { Instant } from '#lib/platform/clock.ts'
import { askedOf, inInboxOrder, keyOf, parseKey } from './inbox.ts'

const key = { notAfter: '2026-11-24T10:15:00.000Z' as Instant, id: 'rel_01abc' }

test('an address asks for a tab and a page; nonsense means the first page of what waits', () => {
  expect(askedOf({ tab: 'all', after: keyOf(key) })).toEqual({ tab: 'all', after: key })
  for (const nonsense of ['', 'x~rel_1', '2026-99-99T10:15:00Z~rel_1', `${keyOf(key)}'--`])
    expect(askedOf({ tab: ['nonsense'], after: nonsense })).toEqual({ tab: 'mine', after: undefined })
  expect(parseKey(undefined)).toBeUndefined()
})

test('what expires first stands first, and within an hour what takes more people', () => {
  const row = (id: string, at: string, raised: string[] = []) => ({
    ...{ id, raised, notAfter: `2026-11-24T${at}:00.000Z` as Instant },
  })
  const rows = [row('later', '11:05', ['a', 'b']), row('calm', '10:05'), row('risky', '10:55', ['a'])]
  expect(inInboxOrder(rows).map(({ id }) => id)).toEqual(['risky', 'calm', 'later'])
})
