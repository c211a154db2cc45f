'use client'

import { useState } from 'react'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { paths } from '#lib/platform/paths.ts'

type Props = {
  id: string
  digest: string
  kind: 'approve' | 'reject' | 'stop'
  refusal: string | undefined
}

const words = {
  approve: {
    act: 'Sign',
    title: 'Sign this standard change',
    about: 'Releases within its limits then need no further approvals.',
  },
  reject: { act: 'Reject', title: 'Reject this standard change', about: 'It can be proposed again.' },
  stop: {
    act: 'Stop',
    title: 'Stop this standard change',
    about: 'It ends at once. Going on takes a new one with new signatures.',
  },
} as const

/** One person's word on a standard change. */
export function ActOn({ id, digest, kind, refusal: refused }: Props) {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const { act, refusal, pending } = useAct()
  const say = words[kind]
  const given = reason.trim()
  const missing = kind !== 'approve' && given.length < 3 ? 'Say why.' : refused
  async function confirm() {
    const said = given.length >= 3 ? { reason: given } : {}
    const done =
      kind === 'stop'
        ? await act(paths.api.standardChangeStop(id), said)
        : await act(paths.api.standardChangeVotes(id), { kind, digest, ...said })
    if (done) setOpen(false)
  }
  return (
    <>
      <Button
        {...(kind === 'approve' && { variant: 'primary' as const })}
        reason={refused}
        onClick={() => setOpen(true)}
      >
        {say.act}…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        focus="cancel"
        busy={pending}
        title={say.title}
        description={say.about}
        actions={
          <Button
            variant={kind === 'approve' ? 'primary' : 'danger'}
            loading={pending}
            reason={pending ? undefined : missing}
            onClick={confirm}
          >
            {say.act}
          </Button>
        }
      >
        <div className="grid gap-3">
          <Field label={kind === 'approve' ? 'Comment (optional)' : 'Reason'}>
            <Textarea
              value={reason}
              maxLength={2000}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </Field>
          {refusal && (
            <Callout tone="negative" alert title="Not done">
              {refusal}
            </Callout>
          )}
        </div>
      </Dialog>
    </>
  )
}
