'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { paths } from '#lib/platform/paths.ts'

type WithdrawProps = { release: string; what: string; refusal: string | undefined }

/** The requester's way back: possible until the worker has begun to send it. */
export function Withdraw({ release, what, refusal: refused }: WithdrawProps) {
  const [open, setOpen] = useState(false)
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  async function confirm() {
    if (!(await act(paths.api.withdrawal(release), {}))) return
    announce('The release is withdrawn.')
    setOpen(false)
  }
  return (
    <>
      <Button reason={refused} onClick={() => setOpen(true)}>
        Withdraw…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        focus="cancel"
        busy={pending}
        width="sm"
        title="Withdraw this release"
        description={`Ends the release of ${what} for good, approvals included. To release it after all, ask again.`}
        cancel="Keep it"
        actions={
          <Button variant="danger" loading={pending} reason={pending ? undefined : refused} onClick={confirm}>
            Withdraw
          </Button>
        }
      >
        {refusal && (
          <Callout tone="negative" alert title="Not withdrawn">
            {refusal}
          </Callout>
        )}
      </Dialog>
    </>
  )
}
