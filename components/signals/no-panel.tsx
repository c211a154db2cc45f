'use client'

import { useEffect, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { visible } from '#components/ui/visible.ts'
import type { PanelView } from '#lib/metrics/panel.ts'
import { failureTitle } from './words.ts'

const patienceS = 10
const place = 'grid min-h-[10.5rem] content-center justify-items-center gap-2 text-center text-sm'

/** A question under way: nothing for the first moment, then how long it has been asked for. */
export function Waiting() {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <div role="status" className={place}>
      <span className="sr-only">Loading</span>
      {seconds > 0 && (
        <>
          <progress
            aria-label="Time asked for"
            max={patienceS}
            value={Math.min(seconds, patienceS)}
            className="h-1 w-40 accent-(--active)"
          />
          <p className="text-ink-muted text-xs">
            Asking for {seconds} s of {patienceS}
          </p>
        </>
      )}
    </div>
  )
}

/** Why there is no chart. Nothing found, refused, and not reached are told apart, and nothing of it looks like zero. */
export function NoPanel({
  view,
  error,
  retry,
}: {
  view: PanelView | undefined
  error: Error | null
  retry: () => void
}) {
  if (view?.is === 'not-configured')
    return (
      <div className={place}>
        <p className="font-medium">Not configured</p>
        <p className="text-ink-muted">Set signals.metrics.url in countersign.yaml.</p>
      </div>
    )
  if (view?.is === 'empty')
    return (
      <div className={place}>
        <p className="font-medium">Nothing found</p>
        <p className="text-ink-muted">{view.detail}</p>
        {view.tried.length > 0 && (
          <details className="w-full text-left">
            <summary className="text-center text-ink-muted text-xs">What was tried</summary>
            <dl className="mt-2 grid gap-2 text-xs">
              {view.tried.map(({ name, query }) => (
                <div key={query}>
                  <dt>{visible(name)}</dt>
                  <dd className="break-all font-mono text-ink-muted">{visible(query)}</dd>
                </div>
              ))}
            </dl>
          </details>
        )}
      </div>
    )
  const failed = view?.is === 'failed' ? view : { why: 'unreachable', detail: error?.message ?? '' }
  return (
    <div role="status" className={place}>
      <p className="font-medium">{failureTitle(failed.why)}</p>
      <p className="text-ink-muted">{failed.detail}</p>
      <Button size="sm" onClick={retry}>
        Ask again
      </Button>
    </div>
  )
}
