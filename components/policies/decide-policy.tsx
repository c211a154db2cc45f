'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { paths } from '#lib/platform/paths.ts'

type Props = { proposal: string; kind: 'approve' | 'reject'; last: boolean; refusal: string | undefined }

const words = {
  approve: {
    open: 'Agree…',
    title: 'Agree to the proposed policies',
    act: 'Agree',
    done: 'You agreed.',
    refused: 'Not agreed',
  },
  reject: {
    open: 'Reject…',
    title: 'Reject the proposed policies',
    act: 'Reject',
    done: 'The change is rejected.',
    refused: 'Not rejected',
  },
} as const

/** One person's word on a change of the policies. */
export function DecidePolicy({ proposal, kind, last, refusal: refused }: Props) {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const say = words[kind]
  const given = reason.trim()
  const missing = kind === 'reject' && given.length < 3 ? 'Say why.' : refused
  async function confirm() {
    const body = { kind, ...(given.length >= 3 && { reason: given }) }
    if (!(await act(paths.api.policyVotes(proposal), body))) return
    announce(say.done)
    setOpen(false)
  }
  return (
    <>
      <Button
        {...(kind === 'approve' && { variant: 'primary' as const })}
        reason={refused}
        onClick={() => setOpen(true)}
      >
        {say.open}
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        focus="cancel"
        busy={pending}
        title={say.title}
        description={
          kind === 'reject'
            ? 'The policies in force stay. The same rules can be proposed again by changing the configuration.'
            : last
              ? 'You are the second: they come into force at once. Releases that are open keep the policy they were requested under.'
              : 'Another person has to agree before they come into force.'
        }
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
          <Field label={kind === 'reject' ? 'Reason' : 'Comment (optional)'}>
            <Textarea
              value={reason}
              maxLength={2000}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </Field>
          {refusal && (
            <Callout tone="negative" alert title={say.refused}>
              {refusal}
            </Callout>
          )}
        </div>
      </Dialog>
    </>
  )
}
