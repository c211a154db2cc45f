import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compilePattern, matchesGlob } from './pattern.ts'

test('named groups of a match; a group that took no part is missing', () => {
  const pattern = compilePattern('^(?<service>.+?)(-(?<region>eu|us))?$')
  if (!pattern.ok) throw new Error(pattern.refusal)
  expect(pattern.value.groups).toEqual(['service', 'region'])
  expect(pattern.value.match('checkout-eu')).toEqual({ service: 'checkout', region: 'eu' })
  expect(pattern.value.match('checkout')).toEqual({ service: 'checkout' })
})

test.each(['(a', '(?=a)', '(a)\\1', 'a'.repeat(501)])('refuses %s', (source) => {
  expect(compilePattern(source).ok).toBe(false)
})

test('a pattern that hangs a backtracking engine answers at once', () => {
  const pattern = compilePattern('^(a+)+$')
  const startedMs = performance.now()
  expect(pattern.ok && pattern.value.match(`${'a'.repeat(5000)}b`)).toBeUndefined()
  expect(performance.now() - startedMs).toBeLessThan(1000)
})

test.each([
  ['shop-*', 'shop-prod', true],
  ['*', '', true],
  ['shop', 'shop-prod', false],
  ['a*a', 'a', false],
  ['*-prod', 'x-prod', true],
  ['a.c', 'abc', false],
])('glob %s on %s is %s', (glob, text, expected) => {
  expect(matchesGlob(glob, text)).toBe(expected)
})

test('globs agree with the regular expression they stand for', () => {
  const piece = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 8 }).map((letters) => letters.join(''))
  const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }).map((letters) => letters.join(''))
  fc.assert(
    fc.property(
      piece,
      text,
      (glob, value) => matchesGlob(glob, value) === new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(value),
    ),
  )
})
