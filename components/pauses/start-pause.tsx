'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Select, Textarea } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'

type Places = { all: boolean; instances: readonly string[]; projects: readonly string[] }

/** What a choice of the list stands for: its scope, and after the colon its name. */
function targetOf(choice: string, application: string) {
  const [scope = '', ...rest] = choice.split(':')
  const name = rest.join(':')
  if (scope === 'instance') return { scope, instance: name }
  if (scope === 'project') return { scope, project: name }
  return scope === 'application' ? { scope, application: application.trim() } : { scope }
}

/** Stops releases; `refusal` says why this viewer can stop none. */
export function StartPause({ places, refusal: refused }: { places: Places; refusal: string | undefined }) {
  const [open, setOpen] = useState(false)
  const [choice, setChoice] = useState('application')
  const [application, setApplication] = useState('')
  const [reason, setReason] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const single = choice === 'application'
  const missing =
    single && application.trim() === ''
      ? 'Name the application.'
      : reason.trim().length < 3
        ? 'Say why.'
        : refused
  async function confirm() {
    const body = { ...targetOf(choice, application), reason: reason.trim() }
    if (!(await act(paths.api.pauses(), body))) return
    announce('Releases are paused.')
    setReason('')
    setOpen(false)
  }
  return (
    <>
      <Button variant="danger" reason={refused} onClick={() => setOpen(true)}>
        Pause releases…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        busy={pending}
        title="Pause releases"
        description="No sync starts from now on. Approvals stay, what already runs in Argo CD goes on, and only a platform admin resumes."
        actions={
          <Button variant="danger" loading={pending} reason={pending ? undefined : missing} onClick={confirm}>
            Pause releases
          </Button>
        }
      >
        <div className="grid gap-3">
          <Field label="For">
            <Select value={choice} onChange={(event) => setChoice(event.currentTarget.value)}>
              <option value="application">One application</option>
              {places.projects.map((name) => (
                <option key={name} value={`project:${name}`}>
                  Project {visible(name)}
                </option>
              ))}
              {places.instances.map((name) => (
                <option key={name} value={`instance:${name}`}>
                  Argo CD {visible(name)}
                </option>
              ))}
              {places.all && <option value="all">All applications</option>}
            </Select>
          </Field>
          {single && (
            <Field label="Application" hint="Its name in Argo CD; instance/name where several have it.">
              <Input
                value={application}
                maxLength={253}
                autoComplete="off"
                onChange={(event) => setApplication(event.currentTarget.value)}
              />
            </Field>
          )}
          <Field label="Reason">
            <Textarea
              value={reason}
              maxLength={2000}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </Field>
          {refusal && (
            <Callout tone="negative" alert title="Not paused">
              {refusal}
            </Callout>
          )}
        </div>
      </Dialog>
    </>
  )
}
