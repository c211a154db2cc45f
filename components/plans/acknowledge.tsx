'use client'

import { useServerNow } from '#components/shell/now.tsx'
import { Time } from '#components/shell/time.tsx'
import { acknowledge, useAcknowledged } from './acknowledged.ts'

/** Under the last change: whoever signs says first that they have read what they sign. */
export function Acknowledge({ plan }: { plan: string }) {
  const at = useAcknowledged(plan)
  const now = useServerNow()
  return (
    <div id="read" className="scroll-mt-16 border-line border-t bg-sunken/40 px-4 py-3">
      <label className="flex min-h-6 cursor-pointer items-center gap-2.5 pointer-coarse:min-h-11 text-sm">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={at !== null}
          onChange={(event) => acknowledge(plan, event.currentTarget.checked ? now() : null)}
        />
        <span className="font-medium">I have read the changes</span>
        {at && (
          <span className="text-ink-muted">
            <Time at={at} as="ago" />
          </span>
        )}
      </label>
      <p className="mt-0.5 pl-6.5 text-ink-muted text-xs">
        An approval needs it. That you said so, and when, goes to the log with your approval.
      </p>
    </div>
  )
}
