'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { paths } from '#lib/platform/paths.ts'

type Props = { release: string; what: string; refusal: string | undefined }

/** An approver's way back: possible until the worker has begun to send it. */
export function Revoke({ release, what, refusal: refused }: Props) {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const missing = reason.trim().length < 3 ? 'Say why you take it back.' : refused
  async function confirm() {
    if (!(await act(paths.api.revocation(release), { reason: reason.trim() }))) return
    announce('Your approval is taken back; the release has ended.')
    setOpen(false)
  }
  return (
    <>
      <Button reason={refused} onClick={() => setOpen(true)}>
        Take approval back…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        focus="cancel"
        busy={pending}
        width="sm"
        title="Take your approval back"
        description={`Ends the release of ${what}: nothing is sent. Your approval stays in the log, with the reason why you took it back.`}
        cancel="Keep it"
        actions={
          <Button variant="danger" loading={pending} reason={pending ? undefined : missing} onClick={confirm}>
            Take it back
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
            <Callout tone="negative" alert title="Not taken back">
              {refusal}
            </Callout>
          )}
        </div>
      </Dialog>
    </>
  )
}
