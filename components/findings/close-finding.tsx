'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Textarea } from '#components/ui/field.tsx'
import { closingKinds, closingWords } from '#lib/findings/finding.ts'
import { paths } from '#lib/platform/paths.ts'

/** A second person's answer to a finding; `refusal` says why this viewer is not that person. */
export function CloseFinding({
  finding,
  refusal: refused,
}: {
  finding: string
  refusal: string | undefined
}) {
  const [open, setOpen] = useState(false)
  const [kind, setKind] = useState<(typeof closingKinds)[number]>('accepted')
  const [reason, setReason] = useState('')
  const [reference, setReference] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const missing =
    reason.trim().length < 3
      ? 'Say how you know.'
      : kind === 'explained' && reference.trim() === ''
        ? 'Name the release or ticket.'
        : refused
  async function confirm() {
    const named = reference.trim() === '' ? {} : { reference: reference.trim() }
    if (!(await act(paths.api.findingClosing(finding), { kind, reason: reason.trim(), ...named }))) return
    announce('The finding is closed.')
    setOpen(false)
  }
  return (
    <>
      <Button reason={refused} onClick={() => setOpen(true)}>
        Close finding…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        busy={pending}
        title="Close this finding"
        description="Your name and reason become an entry of the log. It cannot be opened again."
        actions={
          <Button
            variant="primary"
            loading={pending}
            reason={pending ? undefined : missing}
            onClick={confirm}
          >
            Close finding
          </Button>
        }
      >
        <div className="grid gap-3">
          <fieldset className="grid gap-1.5 text-sm">
            <legend className="pb-1 font-medium">How</legend>
            {closingKinds.map((each) => (
              <label key={each} className="flex items-center gap-2">
                <input type="radio" name="kind" checked={kind === each} onChange={() => setKind(each)} />
                {closingWords[each]}
              </label>
            ))}
          </fieldset>
          <Field label="Release or ticket" optional={kind !== 'explained'}>
            <Input
              value={reference}
              maxLength={200}
              onChange={(event) => setReference(event.currentTarget.value)}
            />
          </Field>
          <Field label="Reason">
            <Textarea
              value={reason}
              maxLength={2000}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </Field>
          {refusal && (
            <Callout tone="negative" alert title="Not closed">
              {refusal}
            </Callout>
          )}
        </div>
      </Dialog>
    </>
  )
}
