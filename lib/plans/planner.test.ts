import { expect, test } from 'vitest'
import { recheckAfter } from './planner.ts'

test.each([
  { applications: 0, minutes: 5 },
  { applications: 3_000, minutes: 5 },
  { applications: 6_000, minutes: 10 },
  { applications: 36_000, minutes: 60 },
])(
  'of $applications applications each is looked at again after $minutes min',
  ({ applications, minutes }) => {
    expect(recheckAfter(applications)).toBe(minutes * 60_000)
  },
)
