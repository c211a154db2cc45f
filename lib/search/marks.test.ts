import { expect, test } from 'vitest'
import { marksOf } from './marks.ts'
import { termsOf } from './terms.ts'

const marked = (text: string, folded: string) =>
  marksOf(text, termsOf(folded)).map(([from, to]) => text.slice(from, to))

test.each([
  ['checkout-prod', 'checkout', ['checkout']],
  ['pre-checkout', 'checkout', ['checkout']],
  ['precheckout', 'eck', ['eck']],
  // The beginning of a word counts more than an earlier middle.
  ['unpaid-paid', 'paid', ['paid']],
  ['checkout', 'chekcout', ['checkout']],
  ['checkout-prod', 'chekcout prod', ['checkout', 'prod']],
  ['Jonas Öztürk', 'ozturk', ['Öztürk']],
  ['Jonas O\u0308ztu\u0308rk', 'ozturk', ['O\u0308ztu\u0308rk']],
  ['Große Straße', 'strasse', ['Straße']],
  ['Søren Kjær', 'kjaer', ['Kjær']],
  ['registry/shop/cart:1.4.2', 'shop/cart:1.4', ['shop/cart:1.4']],
  ['\u{1f680} rocket', 'rock', ['rock']],
  ['nothing of it', 'xyz', []],
])('%s for %s', (text, query, expected) => expect(marked(text, query)).toEqual(expected))

test('ranges are in order and never overlap', () => {
  const ranges = marksOf('checkout-check', termsOf('check checkout ch'))
  expect(ranges).toEqual([[0, 8]])
})
