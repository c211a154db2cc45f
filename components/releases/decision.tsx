'use client'

import { useRef, useState } from 'react'
import { useAcknowledged } from '#components/plans/acknowledged.ts'
import { useAnnounce } from '#components/shell/announce.tsx'
import { Time } from '#components/shell/time.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Button } from '#components/ui/button.tsx'
import { OutLink } from '#components/ui/button-link.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import { shortDigest } from '#lib/plans/plan.ts'
import { paths } from '#lib/platform/paths.ts'
import { Notices } from './notices.tsx'
import { StepUpNotice, type StepUpReturn, useStepUp, useStepUpReturn } from './step-up.tsx'
import { approveLabel, standing } from './words.ts'

/** What the page showed when it was rendered; the digest here is the one that is signed. */
export type DecisionProps = {
  /** Whether it still waits for people; the bar is there only then. */
  waiting: boolean
  release: string
  planDigest: string
  service: string
  version: string
  revision: string
  place: string
  requester: string
  requestedAt: string
  approved: number
  required: number
  /** Why the viewer cannot approve now; undefined when they can. */
  refusal: string | undefined
  rejectionRefusal: string | undefined
  /** The policy asks that an approval rests on a sign-in of its own. */
  stepUp: boolean
  health: { status: string; at: string }
  links: readonly { name: string; href: string }[]
}

type Kind = 'approve' | 'reject'

/**
 * The bar at the foot of a release that waits for people, and the dialog in which they decide. A dialog that is open
 * stays when the release moves on: whoever reads it must learn that, not lose it.
 */
export function Decision(props: DecisionProps) {
  // Each opening is a dialog of its own: what was seen, the comment and the key belong to that one.
  const [session, setSession] = useState<{ n: number; kind: Kind; open: boolean; back?: StepUpReturn }>()
  const open = (kind: Kind, back?: StepUpReturn) =>
    setSession((was) => ({ n: (was?.n ?? 0) + 1, kind, open: true, ...(back && { back }) }))
  useStepUpReturn(props.release, (back) => open('approve', back))
  return (
    <>
      {props.waiting && <Bar {...props} decide={open} />}
      {session && (
        <DecisionDialog
          key={session.n}
          {...props}
          kind={session.kind}
          open={session.open}
          back={session.back}
          close={() => setSession({ ...session, open: false })}
        />
      )}
    </>
  )
}

/** Nobody signs what they have not said to have read. */
function useUnread({ planDigest, refusal }: DecisionProps): string | undefined {
  const read = useAcknowledged(planDigest)
  return refusal === undefined && read === null
    ? 'First read the changes to their end, and say there that you have.'
    : undefined
}

function Bar(props: DecisionProps & { decide: (kind: Kind) => void }) {
  const { planDigest, refusal, decide } = props
  const unread = useUnread(props)
  return (
    <>
      <div className="h-14" />
      <footer
        // A landmark although it lies in main: whoever moves by landmarks must find the way to sign.
        role="contentinfo"
        data-thumb-bar=""
        className="fixed inset-x-0 bottom-0 z-20 flex items-center gap-3 border-line border-t bg-surface px-4 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] md:px-6"
      >
        <p className="mr-auto text-ink-muted text-sm max-md:hidden">
          {refusal ? 'It is about' : 'You sign'}{' '}
          <span title={planDigest} className="font-mono text-ink">
            plan {shortDigest(planDigest)}
          </span>{' '}
          for <strong className="font-semibold text-ink">{visible(props.place)}</strong>. {refusal}
          {unread && (
            <a href="#read" className="underline">
              {unread}
            </a>
          )}
        </p>
        <Button variant="danger" reason={props.rejectionRefusal} onClick={() => decide('reject')}>
          Reject…
        </Button>
        <Button
          variant="primary"
          reason={refusal ?? unread}
          onClick={() => decide('approve')}
          className="max-md:grow"
        >
          {approveLabel(props.approved, props.required)}…
        </Button>
      </footer>
    </>
  )
}

type DialogProps = DecisionProps & {
  kind: Kind
  open: boolean
  /** Set when the person comes back from confirming who they are. */
  back: StepUpReturn | undefined
  close: () => void
}

function DecisionDialog(props: DialogProps) {
  const { kind, open, close, release, required, approved } = props
  const refused = kind === 'approve' ? props.refusal : props.rejectionRefusal
  // What was on the screen when the dialog opened, whatever the page learns meanwhile.
  const [digest] = useState(props.planDigest)
  const [comment, setComment] = useState(props.back?.kept.comment ?? '')
  const [confirmed, setConfirmed] = useState(props.back?.confirmed)
  const stepUp = useStepUp(release)
  const [wanting, setWanting] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const [done, setDone] = useState(false)
  const { act, refusal, pending: sending } = useAct()
  const pending = sending || stepUp.pending
  const announce = useAnnounce()
  const approving = kind === 'approve'
  const asked = approving && props.stepUp
  const readAt = useAcknowledged(digest)
  const unread = useUnread(props)
  const moved =
    props.planDigest === digest
      ? (refused ?? (approving ? unread : undefined))
      : 'The plan moved while you read it. Close this and read it again.'
  const { which, after } = standing(approved, required)
  const label = approving ? approveLabel(approved, required) : 'Reject'

  async function confirm() {
    if (!approving && comment.trim().length < 3) {
      field.current?.focus()
      return setWanting(true)
    }
    if (asked && !confirmed) return stepUp.leave({ purpose: 'approve', release, plan: digest }, { comment })
    const text = comment.trim()
    const body = {
      ...{ kind, plan: digest },
      ...(text && { comment: text }),
      ...(asked && { stepUp: confirmed }),
      ...(approving && readAt && { acknowledged: [{ plan: digest, at: readAt }] }),
    }
    const answer = await act(paths.api.decisions(release), body)
    // What was refused may have been the confirmation: it is asked for anew.
    if (!answer) return setConfirmed(undefined)
    stepUp.forget()
    setDone(true)
    announce(approving ? 'Your approval is recorded.' : 'Your rejection is recorded.')
    close()
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && close()}
      focus="cancel"
      busy={pending}
      title={
        approving
          ? `${label} ${visible(props.service)} ${visible(props.version)} to ${visible(props.place)}`
          : 'Reject this release'
      }
      description={
        approving ? (
          <>
            Deploys <strong className="font-semibold text-ink">{visible(props.service)}</strong>{' '}
            <span className="font-mono text-ink">{visible(props.version)}</span>{' '}
            <span className="font-mono">{visible(props.revision)}</span> to{' '}
            <strong className="font-semibold text-ink">{visible(props.place)}</strong>.{' '}
            {visible(props.requester)} asked <Time at={props.requestedAt} as="ago" />. You will be the {which}{' '}
            {which === 'only' ? 'approver' : 'approvers'}; {after}.
          </>
        ) : (
          <>
            Ends this release of {visible(props.service)} {visible(props.version)} to {visible(props.place)}{' '}
            for good. {visible(props.requester)} learns that it was you, and why.
          </>
        )
      }
      actions={
        <Button
          variant={approving ? 'primary' : 'danger'}
          loading={pending}
          reason={pending || done ? undefined : moved}
          onClick={confirm}
        >
          {asked && !confirmed ? 'Confirm who you are…' : label}
        </Button>
      }
    >
      <div className="grid gap-4">
        <Notices
          moved={{ title: 'This can no longer be decided here', why: pending || done ? undefined : moved }}
          refused={{ title: 'Not recorded', why: refusal ?? stepUp.refusal }}
        />
        {asked && <StepUpNotice confirmed={confirmed !== undefined} problem={props.back?.problem} />}
        {approving && (
          <div className="grid gap-2 text-ink-muted text-sm">
            <p>
              You sign{' '}
              <span title={digest} className="font-mono text-ink">
                plan {shortDigest(digest)}
              </span>
              . Argo CD last said {visible(props.health.status)}, <Time at={props.health.at} as="ago" />.
            </p>
            {props.links.length > 0 && (
              <p className="flex flex-wrap gap-2">
                {props.links.map(({ name, href }) => (
                  <OutLink key={name} href={href}>
                    {name}
                  </OutLink>
                ))}
              </p>
            )}
          </div>
        )}
        <Field
          label={approving ? 'Comment' : 'Why'}
          optional={approving}
          hint="It is written to the log and stays there."
          error={wanting && comment.trim().length < 3 ? 'Say in a few words why it is rejected.' : undefined}
        >
          <Textarea
            ref={field}
            value={comment}
            maxLength={2000}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
        </Field>
      </div>
    </Dialog>
  )
}
