'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Select, Textarea } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import { type Outcome, outcomes, outcomeWords } from '#lib/closings/closing.ts'
import { paths } from '#lib/platform/paths.ts'
import { Notices } from './notices.tsx'
import { stopAfter } from './words.ts'

type Finding = { id: string; outcome: Outcome; name: string; reason: string | null }
type Props = {
  release: string
  /** What another person said and nobody has answered yet. */
  finding: Finding | null
  /** Why the viewer can do nothing here; undefined when they can. */
  refusal: string | undefined
}
type Act = 'find' | 'confirm' | 'decline'

/** The buttons at the foot of a review: say how it ended, or answer what another person said. */
export function CloseReview(props: Props) {
  // Each opening is a dialog of its own, with what stood when it opened.
  const [session, setSession] = useState<{ n: number; act: Act; open: boolean; seen: Finding | null }>()
  const open = (act: Act) =>
    setSession((was) => ({ n: (was?.n ?? 0) + 1, act, open: true, seen: props.finding }))
  const { finding, refusal } = props
  return (
    <footer className="flex flex-wrap items-center justify-end gap-3 border-line border-t px-4 py-3">
      <p className="mr-auto text-ink-muted text-sm">
        {refusal ??
          (finding
            ? `${visible(finding.name)} says that it ${outcomeWords[finding.outcome]}.`
            : 'Another person has to confirm what you say.')}
      </p>
      {finding ? (
        <>
          <Button variant="danger" reason={refusal} onClick={() => open('decline')}>
            Decline…
          </Button>
          <Button variant="primary" reason={refusal} onClick={() => open('confirm')}>
            Confirm…
          </Button>
        </>
      ) : (
        <Button variant="primary" reason={refusal} onClick={() => open('find')}>
          Say how it ended…
        </Button>
      )}
      {session && (
        <ClosingDialog
          key={session.n}
          {...props}
          seen={session.seen}
          act={session.act}
          open={session.open}
          close={() => setSession({ ...session, open: false })}
        />
      )}
    </footer>
  )
}

const titles = {
  find: 'Say how this release ended',
  confirm: 'Confirm how this release ended',
  decline: 'Decline what was found',
} as const
const labels = { find: 'Record', confirm: 'Confirm', decline: 'Decline' } as const

function ClosingDialog(props: Props & { act: Act; seen: Finding | null; open: boolean; close: () => void }) {
  const { act: kind, seen, open, close, release } = props
  const [outcome, setOutcome] = useState<Outcome | ''>('')
  const [reason, setReason] = useState('')
  const [wanting, setWanting] = useState(false)
  const [done, setDone] = useState(false)
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const moved =
    props.finding?.id === seen?.id
      ? props.refusal
      : 'This moved while you read it. Close this and read again.'
  const noOutcome = kind === 'find' && outcome === ''
  const noReason = kind !== 'confirm' && reason.trim().length < 3

  async function confirm() {
    if (noOutcome || noReason) return setWanting(true)
    const body = {
      find: { kind, outcome, reason: reason.trim() },
      confirm: { kind, finding: seen?.id, outcome: seen?.outcome },
      decline: { kind, finding: seen?.id, reason: reason.trim() },
    }[kind]
    if (!(await act(paths.api.closings(release), body))) return
    setDone(true)
    announce(kind === 'confirm' ? 'The review is closed.' : 'It is recorded.')
    close()
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && close()}
      focus="cancel"
      busy={pending}
      title={titles[kind]}
      description={
        seen ? (
          <>
            {visible(seen.name)} says that it{' '}
            <strong className="font-semibold text-ink">{outcomeWords[seen.outcome]}</strong>
            {seen.reason && <>: “{visible(seen.reason)}”</>}
            {stopAfter(seen.reason ?? '')}{' '}
            {kind === 'confirm'
              ? 'With your confirmation the release ends so, for good.'
              : 'The release stays in review until two people agree.'}
          </>
        ) : (
          'A second person has to confirm it before the release ends so.'
        )
      }
      actions={
        <Button
          variant={kind === 'decline' ? 'danger' : 'primary'}
          loading={pending}
          reason={pending || done ? undefined : moved}
          onClick={confirm}
        >
          {labels[kind]}
        </Button>
      }
    >
      <div className="grid gap-4">
        <Notices
          moved={{ title: 'This can no longer be done here', why: pending || done ? undefined : moved }}
          refused={{ title: 'Not recorded', why: refusal }}
        />
        {kind === 'find' && (
          <Field label="This release" error={wanting && noOutcome ? 'Choose how it ended.' : undefined}>
            <Select
              value={outcome}
              onChange={(event) => setOutcome(event.currentTarget.value as Outcome | '')}
            >
              <option value="">Choose…</option>
              {outcomes.map((each) => (
                <option key={each} value={each}>
                  {outcomeWords[each]}
                </option>
              ))}
            </Select>
          </Field>
        )}
        {kind !== 'confirm' && (
          <Field
            label={kind === 'find' ? 'What shows it' : 'Why'}
            hint="It is written to the log and stays there."
            error={wanting && noReason ? 'Say in a few words what shows it.' : undefined}
          >
            <Textarea
              value={reason}
              maxLength={2000}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </Field>
        )}
      </div>
    </Dialog>
  )
}
