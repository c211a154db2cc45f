import { expect, test } from 'vitest'
import { decodeJson } from './answer.ts'

test.each([
  ['NUL', '"a\\u0000b"', 'a\ufffdb'],
  ['half a pair', '"a\\ud83db"', 'a\ufffdb'],
  ['the other half', '"a\\uDE00b"', 'a\ufffdb'],
  ['two first halves', '"\\ud83d\\ud83d\\ude00"', '\ufffd😀'],
  ['a pair', '"\\ud83d\\ude00"', '😀'],
  ['an escape that is only text', '"a\\\\u0000b"', 'a\\u0000b'],
  ['a backslash before it', '"\\\\\\u0000"', '\\\ufffd'],
])('%s', (_what, json, expected) => {
  expect(decodeJson(Buffer.from(json))).toEqual({ ok: true, value: expected })
})
