'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { paths } from '#lib/platform/paths.ts'

type SignOffProps = {
  sample: string
  paper: string
  items: number
  exceptions: number
  refusal: string | undefined
}

/** Signs the working paper as it stands on this page. */
export function SignOff({ sample, paper, items, exceptions, refusal: refused }: SignOffProps) {
  const [open, setOpen] = useState(false)
  const [conclusion, setConclusion] = useState('')
  const [wanting, setWanting] = useState(false)
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const problem = conclusion.trim().length < 3 ? 'Say in a few words what you conclude.' : undefined
  async function sign() {
    setWanting(true)
    if (problem) return
    if (!(await act(paths.api.sampleSignOff(sample), { paper, conclusion: conclusion.trim() }))) return
    announce('The sample is signed off.')
    setOpen(false)
  }
  return (
    <>
      <Button variant="primary" reason={refused} onClick={() => setOpen(true)}>
        Sign off…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        focus="cancel"
        busy={pending}
        title="Sign off this sample"
        description={`${items} items, ${exceptions} with an exception. Nothing can be added afterwards.`}
        actions={
          <Button variant="primary" loading={pending} reason={refused} onClick={sign}>
            Sign off
          </Button>
        }
      >
        <div className="grid gap-3">
          <p className="break-all font-mono text-ink-muted text-xs">Paper {paper}</p>
          <Field label="Conclusion" error={wanting ? problem : undefined}>
            <Textarea
              value={conclusion}
              maxLength={4000}
              onChange={(event) => setConclusion(event.currentTarget.value)}
            />
          </Field>
          {refusal && (
            <p role="alert" className="text-negative text-sm">
              {refusal}
            </p>
          )}
        </div>
      </Dialog>
    </>
  )
}
