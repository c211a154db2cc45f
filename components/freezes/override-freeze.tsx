'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { paths } from '#lib/platform/paths.ts'

type Props = { release: string; freeze: string; what: string; refusal: string | undefined }

/** Lets one release through a freeze; `refusal` says why this viewer cannot. */
export function OverrideFreeze({ release, freeze, what, refusal: refused }: Props) {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const missing = reason.trim().length < 3 ? 'Say why this release cannot wait.' : refused
  async function confirm() {
    if (!(await act(paths.api.overrides(release), { freeze, reason: reason.trim() }))) return
    announce('The freeze no longer holds this release.')
    setOpen(false)
  }
  return (
    <>
      <Button size="sm" reason={refused} onClick={() => setOpen(true)}>
        Override…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        focus="cancel"
        busy={pending}
        title={`Override: ${what}`}
        description="It no longer holds this one release, which starts as soon as it is approved and its checks pass. The log keeps who did it and why."
        actions={
          <Button variant="danger" loading={pending} reason={pending ? undefined : missing} onClick={confirm}>
            Override
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
            <Callout tone="negative" alert title="Not overridden">
              {refusal}
            </Callout>
          )}
        </div>
      </Dialog>
    </>
  )
}
