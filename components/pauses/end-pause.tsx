'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { paths } from '#lib/platform/paths.ts'

/** Ends a pause of `what`; `refusal` says why this viewer cannot. */
export function EndPause({
  pause,
  what,
  refusal: refused,
}: {
  pause: string
  what: string
  refusal: string | undefined
}) {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const missing = reason.trim().length < 3 ? 'Say why it may go on.' : refused
  async function confirm() {
    if (!(await act(paths.api.resumption(pause), { reason: reason.trim() }))) return
    announce('Releases go on.')
    setOpen(false)
  }
  return (
    <>
      <Button size="sm" reason={refused} onClick={() => setOpen(true)}>
        <span>
          Resume<span className="sr-only"> {what}</span>…
        </span>
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        focus="cancel"
        busy={pending}
        title="Resume releases"
        description={`Releases of ${what} that are approved and wait start at once.`}
        cancel="Leave paused"
        actions={
          <Button
            variant="primary"
            loading={pending}
            reason={pending ? undefined : missing}
            onClick={confirm}
          >
            Resume
          </Button>
        }
      >
        <div className="grid gap-3">
          <Field label="Reason">
            <Textarea
              value={reason}
              maxLength={2000}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </Field>
          {refusal && (
            <Callout tone="negative" alert title="Not resumed">
              {refusal}
            </Callout>
          )}
        </div>
      </Dialog>
    </>
  )
}
