'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { Time } from '#components/shell/time.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { shortDigest } from '#lib/plans/plan.ts'
import { paths } from '#lib/platform/paths.ts'
import { Notices } from './notices.tsx'

type Props = { release: string; planDigest: string; until: string }

/** More time: an approver approves the same digest once more. */
export function Extend({ release, planDigest, until }: Props) {
  const [open, setOpen] = useState(false)
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  async function confirm() {
    if (!(await act(paths.api.extensions(release), { plan: planDigest }))) return
    announce('The release has more time.')
    setOpen(false)
  }
  return (
    <>
      <Button onClick={() => setOpen(true)}>Give it more time…</Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        focus="cancel"
        busy={pending}
        width="sm"
        title="Give this release more time"
        description={
          <>
            You approve{' '}
            <span title={planDigest} className="font-mono text-ink">
              plan {shortDigest(planDigest)}
            </span>{' '}
            once more, and it can be sent until <Time at={until} />. Approvals given so far stay; yours does
            not count twice.
          </>
        }
        actions={
          <Button variant="primary" loading={pending} onClick={confirm}>
            Give more time
          </Button>
        }
      >
        <Notices moved={{ title: '', why: undefined }} refused={{ title: 'No more time', why: refusal }} />
      </Dialog>
    </>
  )
}
