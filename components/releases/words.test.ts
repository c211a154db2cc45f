import { expect, test } from 'vitest'
import {
  approveLabel,
  place,
  provenInWords,
  sentence,
  standing,
  stopAfter,
  waitingForPeople,
} from './words.ts'

test('what the approval would be and what follows', () => {
  expect(standing(1, 2)).toEqual({ which: 'second of two', after: 'it starts at once' })
  expect(standing(0, 2)).toEqual({ which: 'first of two', after: 'one more must approve before it starts' })
  expect(standing(0, 1)).toEqual({ which: 'only', after: 'it starts at once' })
})

test('the button names the act', () => {
  expect([approveLabel(0, 2), approveLabel(1, 2), approveLabel(0, 1)]).toEqual([
    'Approve',
    'Approve and release',
    'Approve and release',
  ])
})

test('who can unblock it, and that nobody can', () => {
  expect(waitingForPeople(1, ['Anna', 'you'])).toBe('Waiting for one more: Anna or you.')
  expect(waitingForPeople(2, ['A', 'B', 'C', 'D', 'E'])).toBe('Waiting for two more: A, B, C or 2 others.')
  expect(waitingForPeople(2, ['you', 'Marta'])).toBe('Waiting for two more: you and Marta.')
  expect(waitingForPeople(1, [])).toBe('Nobody who can sign in may approve this.')
})

test('an environment with and without a target', () => {
  expect([place('prod', 'eu'), place('prod', null)]).toEqual(['prod eu', 'prod'])
})

test('a sentence begins with a word and a capital', () => {
  expect([sentence('2 commits by Mei'), sentence('12 commits'), sentence('commits unknown')]).toEqual([
    'Two commits by Mei',
    '12 commits',
    'Commits unknown',
  ])
})

test('proof is only as far as its weakest entry', () => {
  expect(provenInWords([{ proof: 'anchored' }])).toBe('1 entry in the log, anchored outside the database.')
  expect(provenInWords([{ proof: 'anchored' }, { proof: 'signed' }])).toBe(
    '2 entries in the log, 1 of them anchored outside the database so far.',
  )
})

test('words that end as a sentence are not ended twice', () => {
  expect(['Fixes the form', 'Fixes the form.', 'Why not? ', ''].map(stopAfter)).toEqual(['.', '', '', '.'])
})
