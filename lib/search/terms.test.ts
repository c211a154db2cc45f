import { expect, test } from 'vitest'
import { termsOf, variantsOf } from './terms.ts'

test('a word and each with one letter left out; short words have none', () => {
  expect(variantsOf('cart').toSorted()).toEqual(['art', 'cart', 'cat', 'crt', 'car'].toSorted())
  expect(variantsOf('api')).toEqual(['api'])
  const shared = variantsOf('chekcout').filter((variant) => variantsOf('checkout').includes(variant))
  expect(shared.length).toBeGreaterThan(0)
})

test('one or two letters are looked up as beginnings only', () => {
  expect(termsOf('ch')).toMatchObject({ whole: 'ch', words: undefined, parts: [], near: [], sha: undefined })
})

test('long words are looked up, all but the last as they are; short ones are only compared', () => {
  expect(termsOf('checkout pro').words).toBe("'checkout' & 'pro':*")
  expect(termsOf('pay  api v2')).toMatchObject({
    whole: 'pay api v2',
    words: "'pay' & 'api'",
    allWords: "'pay':* & 'api':* & 'v2':*",
    parts: ['pay', 'api', 'v2'],
  })
  expect(termsOf('eu 1').words).toBe("'eu' & '1'")
})

test('versions stay whole, parts with punctuation stand together', () => {
  expect(termsOf('1.4.2').words).toBe("'1.4.2':*")
  expect(termsOf('shop/cart:1.4')).toMatchObject({
    words: "'shop' & 'cart' & '1.4':*",
    allWords: "'shop':* & 'cart':* & '1.4':*",
    together: ['shop/cart:1.4'],
  })
})

test('numbers and digests are not mistyped words', () => {
  expect(termsOf('1234 1.4.2').near).toEqual([])
  expect(termsOf('f'.repeat(64)).near).toEqual([])
  expect(termsOf('chekcout prod').near.map(({ word, others }) => [word, others])).toEqual([
    ['chekcout', "'prod'"],
    ['prod', "'chekcout'"],
  ])
})

test('a SHA begins with four hexadecimal digits', () => {
  expect([termsOf('abc').sha, termsOf('abcd').sha, termsOf('abcg').sha]).toEqual([
    undefined,
    'abcd',
    undefined,
  ])
})

test.each(["'", "a'b\\c'd", ':*', '& | !', '<->', '()', "''''"])('%s cannot leave its quotes', (text) => {
  const { words = '', allWords = '', near } = termsOf(text)
  for (const query of [words, allWords, ...near.map(({ others }) => others)])
    expect(query).toMatch(/^('[^'\\]+'(:\*)?( & '[^'\\]+'(:\*)?)*)?$/)
})

test('however long the text, the work is bounded', () => {
  const terms = termsOf('word '.repeat(50) + Array.from({ length: 50 }, (_, n) => `x${n}yz`).join(' '))
  expect(terms.parts.length).toBeLessThanOrEqual(10)
  expect(terms.near.length).toBeLessThanOrEqual(4)
})
