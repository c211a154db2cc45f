import { expect, test } from 'vitest'
import { healthLook, relationLook, releaseLook, syncLook } from './tones.ts'

test('only trouble is filled: healthy and synced are thin rings', () => {
  expect(healthLook('Healthy').glyph).toBe('ring')
  expect(syncLook('Synced').glyph).toBe('ring')
})
test('a word nobody knows is shown as it came, invisible characters spelled out', () => {
  expect(healthLook('Hea\u202elthy')).toEqual({ tone: 'neutral', glyph: 'dashed', label: 'Hea‹U+202E›lthy' })
  expect(healthLook('constructor')).toMatchObject({ tone: 'neutral', label: 'constructor' })
  expect(releaseLook('').label).toBe('Unknown')
})
test('waiting always says how many of how many', () => {
  expect(releaseLook('requested', { approved: 1, required: 2 }).label).toBe('Waiting 1 of 2')
})
test('behind without a known number is still behind', () => {
  expect(relationLook({ kind: 'behind', commits: 3 }).label).toBe('3 behind')
  expect(relationLook({ kind: 'behind' }).label).toBe('behind')
})
