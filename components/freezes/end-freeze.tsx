'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import type { FreezeKind } from '#lib/freezes/freeze.ts'
import { paths } from '#lib/platform/paths.ts'

type EndFreezeProps = { freeze: string; what: string; kind: FreezeKind; refusal: string | undefined }

/** Ends a freeze or window before its time; `refusal` says why this viewer cannot. */
export function EndFreeze({ freeze, what, kind, refusal: refused }: EndFreezeProps) {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const missing = reason.trim().length < 3 ? 'Say why it ends.' : refused
  async function confirm() {
    if (!(await act(paths.api.freezeEnd(freeze), { reason: reason.trim() }))) return
    announce(`${what} has ended.`)
    setOpen(false)
  }
  return (
    <>
      <Button size="sm" reason={refused} onClick={() => setOpen(true)}>
        <span>
          End<span className="sr-only"> {what}</span>…
        </span>
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        focus="cancel"
        busy={pending}
        title={`End: ${what}`}
        description={
          kind === 'deny'
            ? 'It ends for good. Approved releases that wait for it start at once.'
            : 'It ends for good. Without any other window, releases may start at any time.'
        }
        cancel="Leave it"
        actions={
          <Button variant="danger" loading={pending} reason={pending ? undefined : missing} onClick={confirm}>
            End
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
            <Callout tone="negative" alert title="Not ended">
              {refusal}
            </Callout>
          )}
        </div>
      </Dialog>
    </>
  )
}
