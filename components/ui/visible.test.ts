import { expect, test } from 'vitest'
import { visible } from './visible.ts'

test.each([
  ['check\u202etuo', 'check‹U+202E›tuo'],
  ['pay\u200bments', 'pay‹U+200B›ments'],
  ['a\u0000b\u001b[31m', 'a‹U+0000›b‹U+001B›[31m'],
  ['one\ntwo\tthree', 'one\ntwo\tthree'],
  ['Jonas Öztürk 木', 'Jonas Öztürk 木'],
])('%j is shown as %j', (text, shown) => expect(visible(text)).toBe(shown))
