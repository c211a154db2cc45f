'use client'

import { buttonStyle } from '#components/ui/button-style.ts'
import { Empty } from '#components/ui/empty.tsx'

/** Our fault: says so, what can be done, and under which mark the log of the process has it. */
export function Failure({ digest, retry }: { digest: string | undefined; retry: () => void }) {
  return (
    <Empty
      whole
      kind="nothing-yet"
      title="This page could not be made"
      action={
        // Every page carries this code along in case it fails: not all of Button, which it has no use for.
        <button type="button" className={buttonStyle()} onClick={retry}>
          Try again
        </button>
      }
    >
      This is our fault, not yours, and nothing was changed. Releases and approvals go on without this page;
      it comes back by itself when the server does.
      {digest && (
        <>
          {' '}
          Whoever runs Countersign finds it in the log as <code className="font-mono">{digest}</code>.
        </>
      )}
    </Empty>
  )
}
