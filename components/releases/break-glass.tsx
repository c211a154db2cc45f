'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Textarea } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import { reasonLengthMin } from '#lib/emergencies/emergency.ts'
import { shortDigest } from '#lib/plans/plan.ts'
import { paths } from '#lib/platform/paths.ts'
import { Notices } from './notices.tsx'
import { StepUpNotice, type StepUpReturn, useStepUp, useStepUpReturn } from './step-up.tsx'

export type BreakGlassProps = {
  application: string
  name: string
  planDigest: string
  service: string
  version: string
  place: string
  /** How long another person has afterwards. */
  approvedWithinMs: number
  refusal: string | undefined
}

/** The button for those who may go ahead in an emergency, and its dialog. */
export function BreakGlass(props: BreakGlassProps) {
  const [session, setSession] = useState<{ n: number; open: boolean; back?: StepUpReturn }>({
    n: 0,
    open: false,
  })
  const open = (back?: StepUpReturn) =>
    setSession((was) => ({ n: was.n + 1, open: true, ...(back && { back }) }))
  useStepUpReturn(props.application, open)
  return (
    <>
      <Button variant="danger" reason={props.refusal} onClick={() => open()}>
        Break glass…
      </Button>
      {session.n > 0 && (
        <BreakGlassDialog
          key={session.n}
          {...props}
          back={session.back}
          open={session.open}
          close={() => setSession({ ...session, open: false })}
        />
      )}
    </>
  )
}

type DialogProps = BreakGlassProps & { back: StepUpReturn | undefined; open: boolean; close: () => void }

function BreakGlassDialog(props: DialogProps) {
  const { application, name, back, close } = props
  const router = useRouter()
  const [digest] = useState(back?.kept.plan ?? props.planDigest)
  const [text, setText] = useState({
    reason: back?.kept.reason ?? '',
    incident: back?.kept.incident ?? '',
    typed: back?.kept.typed ?? '',
  })
  const [confirmed, setConfirmed] = useState(back?.confirmed)
  const [wanting, setWanting] = useState(false)
  const [done, setDone] = useState(false)
  const { act, refusal, pending: sending } = useAct()
  const stepUp = useStepUp(application)
  const pending = sending || stepUp.pending
  const moved =
    props.planDigest === digest
      ? props.refusal
      : 'There is a newer plan than the one you read. Close this and read it.'
  const blocked = pending || done ? undefined : moved
  const [reason, incident] = [text.reason.trim(), text.incident.trim()]
  const problems = {
    reason:
      reason.length < reasonLengthMin
        ? `At least ${reasonLengthMin} characters: what is wrong, and why can it not wait?`
        : undefined,
    incident: incident ? undefined : 'Name the incident.',
    typed: text.typed === name ? undefined : 'That is not its name.',
  }
  const wrong = Object.values(problems).some((problem) => problem !== undefined)
  const error = (field: keyof typeof problems) => (wanting ? problems[field] : undefined)
  const hours = Math.round(props.approvedWithinMs / 3_600_000)

  async function confirm() {
    setWanting(true)
    if (wrong) return
    const keep = { ...text, plan: digest }
    if (!confirmed) return stepUp.leave({ purpose: 'break-glass', application, plan: digest }, keep)
    const body = { application, plan: digest, reason, incident, name: text.typed, stepUp: confirmed }
    const made = await act<{ id: string }>(paths.api.emergencies(), body)
    // What was refused may have been the confirmation: it is asked for anew.
    if (!made) return setConfirmed(undefined)
    stepUp.forget()
    setDone(true)
    router.push(paths.release(made.id))
  }
  return (
    <Dialog
      open={props.open}
      onOpenChange={(next) => !next && close()}
      focus="cancel"
      busy={pending}
      title={`Break glass: ${visible(props.service)} ${visible(props.version)} to ${visible(props.place)}`}
      description={
        <>
          <span title={digest} className="font-mono text-ink">
            Plan {shortDigest(digest)}
          </span>{' '}
          is sent at once, before anybody else approves it. Everybody who may see it is told.
        </>
      }
      actions={
        <Button variant="danger" loading={pending || done} reason={blocked} onClick={confirm}>
          {confirmed ? 'Break glass and release' : 'Confirm who you are…'}
        </Button>
      }
    >
      <div className="grid gap-4">
        <Notices
          moved={{ title: 'This cannot be done here', why: blocked }}
          refused={{ title: 'Not done', why: refusal ?? stepUp.refusal }}
        />
        <Callout tone="attention" title={`Another person approves it within ${hours} h, or objects`}>
          Until then you cannot break the glass again. It goes through freezes, not through a pause.
        </Callout>
        <StepUpNotice confirmed={confirmed !== undefined} problem={back?.problem} />
        <Field
          label="Reason"
          hint="Everybody concerned reads it, and the log keeps it."
          error={error('reason')}
        >
          <Textarea
            value={text.reason}
            maxLength={2000}
            onChange={(event) => setText({ ...text, reason: event.currentTarget.value })}
          />
        </Field>
        <Field label="Incident" error={error('incident')}>
          <Input
            value={text.incident}
            maxLength={200}
            autoComplete="off"
            onChange={(event) => setText({ ...text, incident: event.currentTarget.value })}
          />
        </Field>
        <Field label="Name of the application" hint={`Type ${visible(name)}.`} error={error('typed')}>
          <Input
            value={text.typed}
            maxLength={253}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setText({ ...text, typed: event.currentTarget.value })}
          />
        </Field>
      </div>
    </Dialog>
  )
}
