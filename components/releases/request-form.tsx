'use client'

import { useRouter } from 'next/navigation'
import { useRef, useState } from 'react'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Textarea } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import { shortDigest } from '#lib/plans/plan.ts'
import { paths } from '#lib/platform/paths.ts'
import type { PersonView } from '#lib/releases/people.ts'
import { Notices } from './notices.tsx'
import { WhoCan } from './who-can.tsx'

export type RequestFormProps = {
  application: string
  planDigest: string
  service: string
  version: string
  place: string
  approvals: number
  groups: string
  raised: readonly string[]
  people: readonly PersonView[]
  impossible: string | undefined
  supersedes: { reason: string; ticket: string | null } | null
  ticketRequired: boolean
  /** In force here; `problem` says why this plan may not go under it. */
  standardChange: { id: string; signers: readonly string[]; problem: string | null } | null
  /** A freeze or a shut window that an approved release would wait for. */
  waits?: string | undefined
  refusal: string | undefined
}

/** The button that asks for a release, and the dialog for the reason. */
export function RequestForm(props: RequestFormProps) {
  const [session, setSession] = useState({ n: 0, open: false })
  return (
    <>
      <Button
        variant="primary"
        reason={props.refusal}
        onClick={() => setSession({ n: session.n + 1, open: true })}
      >
        Request release…
      </Button>
      {session.n > 0 && (
        <RequestDialog
          key={session.n}
          {...props}
          open={session.open}
          close={() => setSession({ ...session, open: false })}
        />
      )}
    </>
  )
}

function RequestDialog(props: RequestFormProps & { open: boolean; close: () => void }) {
  const { approvals, ticketRequired, close } = props
  const router = useRouter()
  const [digest] = useState(props.planDigest)
  const [reason, setReason] = useState(props.supersedes?.reason ?? '')
  const [ticket, setTicket] = useState(props.supersedes?.ticket ?? '')
  const [standing, setStanding] = useState(false)
  const [wanting, setWanting] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const [done, setDone] = useState(false)
  const { act, refusal, pending } = useAct()
  const moved =
    props.planDigest === digest
      ? props.refusal
      : 'There is a newer plan than the one you read. Close this and read it first.'
  const reasonProblem =
    reason.trim().length < 3 ? 'Say in a few words why this is needed; approvers read it.' : undefined
  const ticketProblem = ticketRequired && !ticket.trim() ? 'The policy asks for a ticket.' : undefined

  async function confirm() {
    setWanting(true)
    if (reasonProblem) return field.current?.focus()
    if (ticketProblem) return
    const made = await act<{ id: string }>(paths.api.releases(), {
      application: props.application,
      plan: digest,
      reason: reason.trim(),
      ...(ticket.trim() && { ticket: ticket.trim() }),
      ...(standing && props.standardChange && { standardChange: props.standardChange.id }),
    })
    if (!made) return
    setDone(true)
    router.push(paths.release(made.id))
  }
  const blocked = pending || done ? undefined : moved
  return (
    <Dialog
      open={props.open}
      onOpenChange={(next) => !next && close()}
      busy={pending}
      title={`Request ${visible(props.service)} ${visible(props.version)} to ${visible(props.place)}`}
      description={
        <>
          <span title={digest} className="font-mono text-ink">
            Plan {shortDigest(digest)}
          </span>{' '}
          goes to the approvers. {approvals === 1 ? 'One other person has' : `${approvals} other people have`}{' '}
          to approve it{props.groups && `, ${visible(props.groups)}`}, then it starts by itself.
        </>
      }
      actions={
        <Button variant="primary" loading={pending || done} reason={blocked} onClick={confirm}>
          Request release
        </Button>
      }
    >
      <div className="grid gap-4">
        <Notices
          moved={{ title: 'This can no longer be asked for here', why: blocked }}
          refused={{ title: 'Not requested', why: refusal }}
        />
        {props.waits && (
          <Callout tone="paused" title="It can be asked for and approved now, and then waits">
            {props.waits}
          </Callout>
        )}
        {props.standardChange && (
          <label className="flex items-start gap-2 text-sm">
            <input
              type="checkbox"
              className="mt-1"
              checked={standing && props.standardChange.problem === null}
              disabled={props.standardChange.problem !== null}
              onChange={(event) => setStanding(event.currentTarget.checked)}
            />
            <span>
              As the standard change that {visible(props.standardChange.signers.join(' and '))} signed
              {props.standardChange.problem
                ? `: not possible, ${visible(props.standardChange.problem)}.`
                : '. Where a limit is not met, the ordinary approvals apply.'}
            </span>
          </label>
        )}
        <WhoCan people={props.people} impossible={props.impossible} raised={props.raised} />
        <Field
          label="Reason"
          hint={
            props.supersedes
              ? 'Kept from the release that went stale. Approvers read it first, and the log keeps it.'
              : 'Why now? Approvers read it first, and the log keeps it.'
          }
          error={wanting ? reasonProblem : undefined}
        >
          <Textarea
            ref={field}
            value={reason}
            maxLength={2000}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </Field>
        <Field label="Ticket" optional={!ticketRequired} error={wanting ? ticketProblem : undefined}>
          <Input
            value={ticket}
            maxLength={200}
            autoComplete="off"
            onChange={(event) => setTicket(event.currentTarget.value)}
          />
        </Field>
      </div>
    </Dialog>
  )
}
