'use client'

import { useRef, useState } from 'react'
import { Notices } from '#components/releases/notices.tsx'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import { shortDigest } from '#lib/plans/plan.ts'
import { paths } from '#lib/platform/paths.ts'

export type DecideAfterwardsProps = {
  release: string
  planDigest: string
  what: string
  who: string
  approval: string | undefined
  objection: string | undefined
}

type Kind = 'approve' | 'object'

/** The two buttons with which another person settles a break-glass release, and their dialog. */
export function DecideAfterwards(props: DecideAfterwardsProps) {
  const [session, setSession] = useState<{ n: number; kind: Kind; open: boolean }>()
  const open = (kind: Kind) => setSession((was) => ({ n: (was?.n ?? 0) + 1, kind, open: true }))
  return (
    <>
      <span className="flex flex-wrap gap-2">
        <Button variant="danger" reason={props.objection} onClick={() => open('object')}>
          Object…
        </Button>
        <Button variant="primary" reason={props.approval} onClick={() => open('approve')}>
          Approve afterwards…
        </Button>
      </span>
      {session && (
        <AfterwardsDialog
          key={session.n}
          {...props}
          kind={session.kind}
          open={session.open}
          close={() => setSession({ ...session, open: false })}
        />
      )}
    </>
  )
}

function AfterwardsDialog(props: DecideAfterwardsProps & { kind: Kind; open: boolean; close: () => void }) {
  const { kind, open, close, release, planDigest } = props
  const [reason, setReason] = useState('')
  const [wanting, setWanting] = useState(false)
  const [done, setDone] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const approving = kind === 'approve'
  const label = approving ? 'Approve afterwards' : 'Object'
  const refused = approving ? props.approval : props.objection
  const blocked = pending || done ? undefined : refused
  const problem = !approving && reason.trim().length < 3 ? 'Say in a few words what was wrong.' : undefined

  async function confirm() {
    setWanting(true)
    if (problem) return field.current?.focus()
    const text = reason.trim()
    const body = { kind, plan: planDigest, ...(text && { reason: text }) }
    if (!(await act(paths.api.retrospective(release), body))) return
    setDone(true)
    announce(approving ? 'Your approval is recorded.' : 'Your objection is recorded.')
    close()
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && close()}
      focus="cancel"
      busy={pending}
      title={approving ? `Approve ${props.what} afterwards` : `Object to ${props.what}`}
      description={
        <>
          {visible(props.who)} broke the glass.{' '}
          {approving
            ? 'You say that this was right, with the plan as you read it.'
            : 'You say that this was wrong. What was sent stays; ask for a rollback if it has to go.'}{' '}
          <span title={planDigest} className="font-mono">
            Plan {shortDigest(planDigest)}
          </span>
        </>
      }
      actions={
        <Button
          variant={approving ? 'primary' : 'danger'}
          loading={pending}
          reason={blocked}
          onClick={confirm}
        >
          {label}
        </Button>
      }
    >
      <div className="grid gap-4">
        <Notices
          moved={{ title: 'This can no longer be decided here', why: blocked }}
          refused={{ title: 'Not recorded', why: refusal }}
        />
        <Field
          label={approving ? 'Comment' : 'Why'}
          optional={approving}
          hint="It is written to the log and stays there."
          error={wanting ? problem : undefined}
        >
          <Textarea
            ref={field}
            value={reason}
            maxLength={2000}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </Field>
      </div>
    </Dialog>
  )
}
