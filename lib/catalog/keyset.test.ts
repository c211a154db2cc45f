import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Cursor, fits, partsFrom, partsOf, readCursor, writeCursor } from './keyset.ts'

const cursor: fc.Arbitrary<Cursor> = fc.record({
  back: fc.boolean(),
  from: fc.nat(),
  part: fc.nat(9),
  key: fc
    .tuple(
      fc.array(fc.oneof(fc.nat(9), fc.stringMatching(/^\P{C}*$/u)), { maxLength: 2 }),
      fc.stringMatching(/^\P{C}+$/u),
    )
    .map(([first, service]) => [...first, service]),
})

test('a cursor is read as it was written', () => {
  fc.assert(fc.property(cursor, (each) => isDeepStrictEqual(readCursor(writeCursor(each)), { ...each })))
})

test('what we did not write is the first page', () => {
  for (const text of [undefined, '', '1.cart', 'bnVsbA', Buffer.from('[0,1,1,2]').toString('base64url')])
    expect(readCursor(text)).toBeUndefined()
  for (const value of [
    [0, -1, 1, 'a'],
    [0, 1.5, 1, 'a'],
    [0, 1, 1, {}, 'a'],
    [0, 1, 1, 'a\0'],
    [0, 1],
    {},
    [0, 1, 2, 3, 4, 5, 'a'],
  ])
    expect(readCursor(Buffer.from(JSON.stringify(value)).toString('base64url'))).toBeUndefined()
  fc.assert(fc.property(fc.string(), (text) => void readCursor(text)))
})

test('a key of another order is not put into the statement', () => {
  expect(fits([1, 'cart'], ['rank', 'service'])).toBe(true)
  for (const key of [['cart'], ['1', 'cart'], [1, 2], [1.5, 'cart'], [1, 'cart', 'cart']])
    expect(fits(key, ['rank', 'service'])).toBe(false)
  expect(fits(['-1795370220000000', 'cart'], ['recency', 'service'])).toBe(true)
  expect(fits(['0; drop', 'cart'], ['recency', 'service'])).toBe(false)
})

test('own teams stand first within a rank, and a page reads only the parts from its beginning on', () => {
  const parts = partsOf(undefined, { pinned: true, myTeams: true })
  expect(parts.map(({ n }) => n)).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9])
  const from = (back: boolean) => partsFrom(parts, { back, from: 51, part: 4, key: ['a'] }).map(({ n }) => n)
  expect(from(false)).toEqual([4, 5, 6, 7, 8, 9])
  expect(from(true)).toEqual([4, 3, 2, 0])
})
