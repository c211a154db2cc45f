'use client'

import { Button } from '#components/ui/button.tsx'

/** Our fault: says so, what can be done, and under which mark the log of the process has it. */
export function Failure({ digest, retry }: { digest: string | undefined; retry: () => void }) {
  return (
    <div className="mx-auto grid max-w-96 justify-items-center gap-2 px-4 py-16 text-center">
      <h1 tabIndex={-1} className="font-semibold text-ink text-lg">
        This page could not be made
      </h1>
      <p className="text-balance text-ink-muted text-sm">
        This is our fault, not yours, and nothing was changed. Releases and approvals go on without this page.
        {digest && (
          <>
            {' '}
            Whoever runs Countersign finds it in the log as <code className="font-mono">{digest}</code>.
          </>
        )}
      </p>
      <Button className="mt-2" onClick={retry}>
        Try again
      </Button>
    </div>
  )
}
