import fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeNext } from './next-address.ts'

test.each([
  '/',
  '/inbox',
  '/releases?state=requested&page=2',
  '/services/checkout',
  '/releases/rel_1?x=%2F%2Fevil',
  '/sign-ins',
])('%s is ours', (address) => expect(safeNext(address)).toBe(address))

test.each([
  undefined,
  '',
  'inbox',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  ' //evil.example',
  'https:evil.example',
  'https://evil.example',
  'javascript:alert(1)',
  '/.//evil.example',
  '/x/..//evil.example',
  '/api/auth/signout',
  '/API/v1/releases',
  '/sign-in',
  '/sign-in?next=/sign-in',
  `/${'x'.repeat(2000)}`,
])('%j leads home', (address) => expect(safeNext(address)).toBe('/'))

test('whatever comes in, a browser stays here', () => {
  const parts = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '@',
    ':',
    '?',
    '#',
    '%2f',
    '%5c',
    'evil.example',
    'http',
    '\t',
    '\u00a0',
    '\u2028',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(parts, fc.string()), { maxLength: 8 }), (pieces) => {
      const base = 'https://countersign.example.com'
      const next = safeNext(pieces.join(''))
      expect(new URL(next, base).origin).toBe(base)
      expect(safeNext(next)).toBe(next)
    }),
    { numRuns: 2000 },
  )
})
