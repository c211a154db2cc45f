'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'

type Props = { train: string; release: string; name: string; refusal: string | undefined }

/** Lets the train go on past a release that did not end well. */
export function ResumeTrain({ train, release, name, refusal: refused }: Props) {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const missing = reason.trim().length < 3 ? 'Say why it may go on.' : undefined
  async function confirm() {
    if (!(await act(paths.api.trainResumptions(train), { release, reason: reason.trim() }))) return
    announce('The train goes on.')
    setOpen(false)
  }
  return (
    <div className="mt-2">
      <Button size="sm" reason={refused} onClick={() => setOpen(true)}>
        <span>
          Go on<span className="sr-only"> past {visible(name)}</span>…
        </span>
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        focus="cancel"
        busy={pending}
        title="Let the train go on"
        description={`What waits is sent although ${visible(name)} did not end well.`}
        cancel="Leave it stopped"
        actions={
          <Button
            variant="primary"
            loading={pending}
            reason={pending ? undefined : missing}
            onClick={confirm}
          >
            Go on
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
            <Callout tone="negative" alert title="Still stopped">
              {refusal}
            </Callout>
          )}
        </div>
      </Dialog>
    </div>
  )
}
