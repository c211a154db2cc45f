import fc from 'fast-check'
import semver from 'semver'
import { expect, test } from 'vitest'
import { compareKeys, versionKey } from './version-key.ts'

const number = fc.oneof(fc.nat(12), fc.nat({ max: Number.MAX_SAFE_INTEGER }))
const word = fc.oneof(
  fc.stringMatching(/^[0-9A-Za-z-]{0,4}[A-Za-z-][0-9A-Za-z-]{0,3}$/),
  fc.constantFrom('rc', 'rc-', 'RC', 'a', 'a0'),
)
const identifier = fc.oneof(fc.nat(99).map(String), word)
const version = fc
  .tuple(fc.constantFrom('', 'v'), number, fc.nat(3), fc.nat(30), fc.array(identifier, { maxLength: 4 }))
  .map(
    ([v, major, minor, patch, pre]) =>
      `${v}${major}.${minor}.${patch}${pre.length ? `-${pre.join('.')}` : ''}`,
  )

const signOf = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

test('the keys of two versions are in the order of the versions', () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(signOf(versionKey(a) ?? '', versionKey(b) ?? '')).toBe(semver.compare(a, b))
    }),
    { numRuns: 2000 },
  )
})

test('keys are plain text, so that bytes and characters sort alike', () => {
  fc.assert(fc.property(version, (each) => /^[\x20-\x7e]+$/.test(versionKey(each) ?? '')))
})

test('what is no semantic version has no key', () => {
  for (const text of [null, '', 'main', 'a1b2c3d', '1.2', '1.2.3 + main', `1.0.0-${'9'.repeat(27)}`])
    expect(versionKey(text)).toBeNull()
  expect(versionKey('1.2.3+build.7')).toBe(versionKey('v1.2.3'))
})

test.each([
  ['1.0.0', '1.0.1', 'behind'],
  ['1.0.0 + 2.0.0', '1.0.0 + 2.1.0', 'behind'],
  ['1.1.0 + 2.1.0', '1.0.0 + 2.1.0', 'ahead'],
  ['1.1.0 + 2.0.0', '1.0.0 + 2.1.0', 'diverged'],
  ['1.1.0 + 2.0.0', '1.1.0', null],
  ['1.1.0', 'v1.1.0', 'equal'],
])('%s against %s: %s', (here, there, expected) => {
  expect(compareKeys(versionKey(here), versionKey(there))).toBe(expected)
})
