import { expect, test } from 'vitest'
import { approveLabel, place, standing, waitingForPeople } from './words.ts'

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
  expect(waitingForPeople(1, [])).toBe('Nobody who can sign in may approve this.')
})

test('an environment with and without a target', () => {
  expect([place('prod', 'eu'), place('prod', null)]).toEqual(['prod eu', 'prod'])
})
