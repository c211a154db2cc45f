import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalBytes, canonicalText, parseCanonical } from './canonical.ts'

const encode = (text: string) => new TextEncoder().encode(text)

describe('canonical JSON', () => {
  it('orders by UTF-16 code unit, as the example of RFC 8785 3.2.3', () => {
    const value = JSON.parse(
      String.raw`{"\u20ac":"Euro","\r":"Carriage","\ufb33":"Hebrew","1":"One","\ud83d\ude00":"Emoji","\u0080":"Control","\u00f6":"Latin"}`,
    )
    expect([...canonicalText(value).matchAll(/:"(\w+)/g)].map((match) => match[1])).toEqual(
      'Carriage One Control Latin Euro Emoji Hebrew'.split(' '),
    )
  })

  it('writes numbers, texts and literals as the example of RFC 8785 3.2.2', () => {
    const source = String.raw`{"numbers":[333333333.33333329,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`
    expect(canonicalText(JSON.parse(source))).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    )
  })

  it('is a fixed point: reading and writing again gives the same bytes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        let bytes: Uint8Array
        try {
          bytes = canonicalBytes(value)
        } catch {
          return true
        }
        return Buffer.compare(canonicalBytes(parseCanonical(bytes)), bytes) === 0
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['minus zero', -0],
    ['an integer beyond 2^53', 2 ** 53],
    ['a big integer', 1n],
    ['a lone surrogate', '\ud83d'],
    ['a lone surrogate in a key', { '\udc00': 1 }],
    ['a date', new Date(0)],
    ['a hole', [undefined]],
    ['a function', () => 1],
  ])('refuses %s, also deep inside', (_, value) => {
    expect(() => canonicalBytes(value)).toThrow(TypeError)
    expect(() => canonicalBytes({ a: [{ b: value }] })).toThrow(/a\[0\]\.b/)
  })

  it('takes an absent member and an undefined one for the same', () => {
    expect(canonicalText({ a: undefined, b: 1 })).toBe('{"b":1}')
  })

  it.each([
    ['duplicate keys', '{"a":1,"a":2}'],
    ['another order', '{"b":1,"a":2}'],
    ['white space', '{"a": 1}'],
    ['another spelling of a number', '{"a":1.0}'],
    ['an escape that is not needed', String.raw`{"a":"\u0041"}`],
    ['a byte order mark', '\ufeff{}'],
  ])('does not take bytes with %s for canonical', (_, text) => {
    expect(() => parseCanonical(encode(text))).toThrow()
  })

  it('does not take broken UTF-8 for text', () => {
    expect(() => parseCanonical(Uint8Array.of(0x22, 0xff, 0x22))).toThrow()
  })
})
