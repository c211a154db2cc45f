import { expect, test } from 'vitest'
import { press } from './shortcuts.ts'

const type = (...keys: string[]) =>
  keys.reduce<ReturnType<typeof press>>((was, key) => press(was.pending, key), { pending: '' })

test.each([
  [['g', 's'], 'services'],
  [['g', 'i'], 'inbox'],
  [['?'], 'help'],
  [['f'], 'filter'],
  [['g', 'j'], 'next-row'],
  [['g', 'g', 'h'], 'history'],
])('%j does %s', (keys, shortcut) => expect(type(...keys).shortcut).toBe(shortcut))

test('g alone waits, x does nothing', () => {
  expect(type('g')).toEqual({ pending: 'g' })
  expect(type('x')).toEqual({ pending: '' })
  expect(type('g', 'x')).toEqual({ pending: '' })
})

test('no key approves', () => {
  for (const key of ['a', 'y', 'Enter']) expect(type(key).shortcut).toBeUndefined()
})
