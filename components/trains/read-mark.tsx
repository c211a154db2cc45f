'use client'

import { useAcknowledged } from '#components/plans/acknowledged.ts'

/** Whether the viewer has said in this tab that they have read what this plan changes. */
export function ReadMark({ plan }: { plan: string }) {
  return (
    <span className="block">
      {useAcknowledged(plan) ? 'You have read its changes.' : 'Its changes are not read yet.'}
    </span>
  )
}
