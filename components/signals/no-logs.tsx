'use client'

import { Button } from '#components/ui/button.tsx'
import { visible } from '#components/ui/visible.ts'
import type { NoLogs } from '#lib/logs/view.ts'
import { noLogsAdvice, noLogsTitle } from './log-words.ts'

type NoLogsProps = {
  view: NoLogs | undefined
  error: Error | null
  retry: () => void
  action?: React.ReactNode
}

/** Why there are no lines: nothing found, refused, too slow, too many and not reached are told apart. */
export function NoLogsNote({ view, error, retry, action }: NoLogsProps) {
  const is = view?.is ?? 'failed'
  const detail = view && 'detail' in view ? view.detail : error?.message
  return (
    <div role="status" className="grid justify-items-center gap-2 px-4 py-8 text-center text-sm">
      <p className="font-medium">{noLogsTitle(is)}</p>
      <p className="max-w-prose text-balance text-ink-muted">
        {[detail && visible(detail), noLogsAdvice(is)].filter(Boolean).join(' ')}
      </p>
      {action}
      {(is === 'failed' || is === 'timed-out') && (
        <Button size="sm" onClick={retry}>
          Ask again
        </Button>
      )}
    </div>
  )
}
