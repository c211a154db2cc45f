import { expect, test } from 'vitest'
import { parsePromql } from '#sandbox/signals/promql-parse.ts'
import { escapedRegex } from './finder.ts'
import { quoted, selector } from './label.ts'

/** Pieces that queries are broken with, and every kind of character. */
const pieces = [
  ...[
    '"',
    '\\',
    "'",
    '`',
    '{',
    '}',
    ',',
    '=',
    '=~',
    '!',
    '(',
    ')',
    '[5m]',
    '$labels',
    '$&',
    '\\"',
    '"} or {x="',
  ],
  ...[
    '\n',
    '\r',
    '\t',
    '\0',
    '\u001b',
    '\u2028',
    '\u202e',
    'ä',
    '漢',
    '😀',
    '\ud800',
    '\udc00',
    '#',
    '//',
    '/*',
  ],
  ...['options(', ' or ', '__name__', '%22', '&', '+', '..', 'shop', 'a', '0', ' '],
]

/** A small generator of its own: as many values as the rule asks for, the same ones every time. */
function* values(count: number): Generator<string> {
  let state = 0x2545f491
  const next = (below: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
  for (let at = 0; at < count; at += 1) {
    const parts = Array.from({ length: 1 + next(6) }, () =>
      next(4) > 0 ? (pieces[next(pieces.length)] ?? '') : String.fromCodePoint(next(0x11_0000)),
    )
    yield parts.join('')
  }
}

test('100,000 label values come out of the query as they went in, and nothing else does', () => {
  for (const value of values(100_000)) {
    const expr = parsePromql(`sum(rate(m${selector({ namespace: value })}[60s]))`)
    const inner = expr.kind === 'aggregate' && expr.arg.kind === 'call' ? expr.arg.args[0] : undefined
    const matchers = inner?.kind === 'selector' ? inner.matchers : []
    const [, found] = matchers
    if (
      matchers.length !== 2 ||
      found?.label !== 'namespace' ||
      found.op !== '=' ||
      found.value !== value.toWellFormed()
    )
      throw new Error(`${JSON.stringify(value)} became ${JSON.stringify(expr)}`)
  }
})

test('a name in a pattern matches itself and nothing else', () => {
  for (const value of [...values(2000)].map((text) => text.toWellFormed())) {
    const pattern = new RegExp(`^(?:${escapedRegex(value)})$`)
    expect(pattern.test(value)).toBe(true)
    expect(pattern.test(`${value}x`)).toBe(false)
  }
  expect(escapedRegex('shop.api-v1')).toBe('shop\\.api-v1')
  expect(quoted(escapedRegex('a.b'))).toBe('"a\\\\.b"')
})
