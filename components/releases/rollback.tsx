'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useAct } from '#components/shell/use-act.ts'
import { Button } from '#components/ui/button.tsx'
import type { ButtonSize, ButtonVariant } from '#components/ui/button-style.ts'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Textarea } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import { shortDigest } from '#lib/plans/plan.ts'
import { paths } from '#lib/platform/paths.ts'
import { Notices } from './notices.tsx'
import { RollbackOccasion } from './rollback-occasion.tsx'
import { RollbackOfferView } from './rollback-offer.tsx'
import { useRollbackOffer } from './use-rollback-offer.ts'

export type RollbackProps = {
  application: string
  deployment: string
  service: string
  version: string
  place: string
  label: string
  variant?: ButtonVariant
  size?: ButtonSize
  /** Why it cannot be asked for, as far as that is known before it is prepared. */
  refusal: string | undefined
}

/** The button that asks for a rollback, and its dialog. The worker prepares the way back when it is opened. */
export function Rollback(props: RollbackProps) {
  const [session, setSession] = useState({ n: 0, open: false })
  const { label, variant, size, refusal } = props
  return (
    <>
      <Button
        {...(variant && { variant })}
        {...(size && { size })}
        reason={refusal}
        onClick={() => setSession({ n: session.n + 1, open: true })}
      >
        {label}
      </Button>
      {session.n > 0 && (
        <RollbackDialog
          key={session.n}
          {...props}
          open={session.open}
          close={() => setSession({ ...session, open: false })}
        />
      )}
    </>
  )
}

/** What the form holds: `release` when the occasion is the release that brought what runs now. */
export type Occasion = { kind: 'incident' | 'ticket' | 'release'; name: string }

function RollbackDialog(props: RollbackProps & { open: boolean; close: () => void }) {
  const router = useRouter()
  const { offer, problem } = useRollbackOffer(props.application, props.deployment, props.open)
  const [reason, setReason] = useState('')
  const [ticket, setTicket] = useState('')
  const [chosen, setChosen] = useState<Occasion>()
  const [wanting, setWanting] = useState(false)
  const [done, setDone] = useState(false)
  const { act, refusal, pending } = useAct()
  const occasion: Occasion = chosen ?? { kind: offer?.harm ? 'release' : 'incident', name: '' }
  const ready = offer?.state === 'ready' ? offer : undefined
  const wrong = {
    reason: reason.trim().length < 3 ? 'Say in a few words what happened; approvers read it.' : undefined,
    occasion:
      occasion.kind !== 'release' && !occasion.name.trim()
        ? `Say which ${occasion.kind}: its number or its address.`
        : undefined,
    ticket: ready?.ticketRequired && !ticket.trim() ? 'The policy asks for a ticket.' : undefined,
  }

  async function confirm() {
    setWanting(true)
    if (!ready?.plan || wrong.reason || wrong.occasion || wrong.ticket) return
    const made = await act<{ id: string }>(paths.api.releases(), {
      application: props.application,
      plan: ready.plan,
      reason: reason.trim(),
      ...(ticket.trim() && { ticket: ticket.trim() }),
      rollback: {
        to: props.deployment,
        occasion:
          occasion.kind === 'release'
            ? { kind: 'release', release: ready.harm }
            : { kind: occasion.kind, name: occasion.name.trim() },
      },
    })
    if (!made) return
    setDone(true)
    router.push(paths.release(made.id))
  }
  const blocked = pending || done ? undefined : (offer?.refusal ?? undefined)
  const waiting =
    offer === undefined || offer.state === 'preparing' ? 'The way back is being prepared.' : undefined
  const impossible = problem ?? (offer?.state === 'impossible' ? (offer.why ?? undefined) : undefined)
  return (
    <Dialog
      open={props.open}
      onOpenChange={(next) => !next && props.close()}
      busy={pending}
      title={`Roll back ${visible(props.service)} to ${visible(props.version)} in ${visible(props.place)}`}
      description={
        ready ? (
          <>
            <span title={ready.plan ?? ''} className="font-mono text-ink">
              Plan {shortDigest(ready.plan ?? '')}
            </span>{' '}
            goes to the approvers.{' '}
            {ready.approvals === 1 ? 'One other person has' : `${ready.approvals} other people have`} to
            approve it
            {ready.groups && `, ${visible(ready.groups)}`}, then it starts by itself: one sync, hooks
            included, of what ran then.
          </>
        ) : (
          'One sync of what ran then, hooks included, with the same four eyes as any release.'
        )
      }
      actions={
        <Button
          variant="primary"
          loading={pending || done}
          reason={impossible ?? waiting ?? blocked}
          onClick={confirm}
        >
          Request rollback
        </Button>
      }
    >
      <div className="grid gap-4">
        <Notices
          moved={{ title: 'This cannot be asked for now', why: impossible ?? blocked }}
          refused={{ title: 'Not requested', why: refusal }}
        />
        <RollbackOfferView offer={offer} waiting={impossible === undefined && waiting !== undefined} />
        <RollbackOccasion
          value={occasion}
          harm={offer?.harm ?? null}
          onChange={setChosen}
          error={wanting ? wrong.occasion : undefined}
        />
        <Field
          label="Reason"
          hint="What happened? Approvers read it first, and the log keeps it."
          error={wanting ? wrong.reason : undefined}
        >
          <Textarea
            value={reason}
            maxLength={2000}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </Field>
        {ready?.ticketRequired && (
          <Field label="Ticket" error={wanting ? wrong.ticket : undefined}>
            <Input
              value={ticket}
              maxLength={200}
              autoComplete="off"
              onChange={(event) => setTicket(event.currentTarget.value)}
            />
          </Field>
        )}
      </div>
    </Dialog>
  )
}
