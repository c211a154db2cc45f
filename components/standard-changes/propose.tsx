'use client'

import { type FormEvent, useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Select, Textarea } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'

type Props = {
  environments: readonly string[]
  /** Why the viewer can propose none. */
  refusal: string | undefined
}

const empty = { project: '', service: '', environment: '', perDay: '3', days: '30', reason: '' }

/** A whole number within these, or undefined. */
const within = (text: string, min: number, max: number) => {
  const value = /^\d{1,3}$/.test(text.trim()) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : undefined
}

/** Proposes a standard change, which two other people then sign or reject. */
export function ProposeStandardChange({ environments, refusal: refused }: Props) {
  const [open, setOpen] = useState(false)
  const [asked, setAsked] = useState({ ...empty, environment: environments[0] ?? '' })
  const [timeZone, setTimeZone] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const set =
    (name: keyof typeof empty) =>
    ({ currentTarget: { value } }: FormEvent<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>) =>
      setAsked({ ...asked, [name]: value })
  const [perDay, days] = [within(asked.perDay, 1, 20), within(asked.days, 1, 90)]
  const missing =
    refused ??
    (asked.service.trim() === '' || asked.project.trim() === ''
      ? 'Name the service and its project.'
      : perDay === undefined
        ? 'Between 1 and 20 a day.'
        : days === undefined
          ? 'It ends after 1 to 90 days.'
          : asked.reason.trim().length < 3
            ? 'Say why.'
            : undefined)
  function begin() {
    // Known only in the browser: what a day is for whoever proposes.
    setTimeZone(Intl.DateTimeFormat().resolvedOptions().timeZone)
    setOpen(true)
  }
  async function confirm() {
    const { project, service, environment, reason } = asked
    const place = { project: project.trim(), service: service.trim(), environment }
    const body = { ...place, perDay, days, timeZone: timeZone.trim(), reason: reason.trim() }
    if (!(await act(paths.api.standardChanges(), body))) return
    announce('The standard change is proposed; two other people sign it.')
    setAsked({ ...empty, environment })
    setOpen(false)
  }
  return (
    <>
      <Button variant="primary" reason={refused} onClick={begin}>
        Propose…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        busy={pending}
        title="Propose a standard change"
        description="Releases that change nothing but image versions, within these limits, then need no further approvals. Two other people sign it first."
        actions={
          <Button
            variant="primary"
            loading={pending}
            reason={pending ? undefined : missing}
            onClick={confirm}
          >
            Propose
          </Button>
        }
      >
        <div className="grid gap-3">
          <Field label="Service">
            <Input value={asked.service} maxLength={253} autoComplete="off" onChange={set('service')} />
          </Field>
          <div className="grid grid-cols-2 items-start gap-3">
            <Field label="Project" hint="Its AppProject.">
              <Input value={asked.project} maxLength={253} autoComplete="off" onChange={set('project')} />
            </Field>
            <Field label="Environment">
              <Select value={asked.environment} onChange={set('environment')}>
                {environments.map((name) => (
                  <option key={name} value={name}>
                    {visible(name)}
                  </option>
                ))}
              </Select>
            </Field>
            <Field label="Releases a day" hint="At most 20.">
              <Input value={asked.perDay} inputMode="numeric" maxLength={3} onChange={set('perDay')} />
            </Field>
            <Field label="Ends after, in days" hint="At most 90.">
              <Input value={asked.days} inputMode="numeric" maxLength={3} onChange={set('days')} />
            </Field>
          </div>
          <Field label="Time zone" hint="Where its days begin, like Europe/Berlin.">
            <Input
              value={timeZone}
              maxLength={64}
              autoComplete="off"
              onChange={(event) => setTimeZone(event.currentTarget.value)}
            />
          </Field>
          <Field label="Reason" hint="Those who sign read it first, and the log keeps it.">
            <Textarea value={asked.reason} maxLength={2000} onChange={set('reason')} />
          </Field>
          {refusal && (
            <Callout tone="negative" alert title="Not proposed">
              {refusal}
            </Callout>
          )}
        </div>
      </Dialog>
    </>
  )
}
