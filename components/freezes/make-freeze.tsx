'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useZone } from '#components/shell/now.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Select, Textarea } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import type { FreezeKind } from '#lib/freezes/freeze.ts'
import { paths } from '#lib/platform/paths.ts'
import { NextTimes } from './next-times.tsx'
import { emptyTimes, TimesFields, timesBody, timesMissing } from './times-fields.tsx'

type Places = { instances: readonly string[]; projects: readonly string[]; environments: readonly string[] }
type MakeFreezeProps = { places: Places; refusal: string | undefined; making: FreezeKind | undefined }

const any = ''
const named = (text: string) => (text.trim() === any ? undefined : text.trim())

/** A choice of what it is about, with none for all of them. */
function Choice(props: {
  label: string
  all: string
  names: readonly string[]
  value: string
  onChange: (value: string) => void
}) {
  return (
    <Field label={props.label}>
      <Select value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
        <option value={any}>{props.all}</option>
        {props.names.map((name) => (
          <option key={name} value={name}>
            {visible(name)}
          </option>
        ))}
      </Select>
    </Field>
  )
}

/** Makes a freeze or a deployment window; `refusal` says why this viewer can make none. */
export function MakeFreeze({ places, refusal, making }: MakeFreezeProps) {
  // An address with `?new=deny` opens the form. It is not written while the form is open: Next would draw the page as
  // another one when it is read again, and what somebody has typed would be gone.
  const [session, setSession] = useState({ n: making ? 1 : 0, open: making !== undefined })
  const show = (open: boolean) => setSession({ n: session.n + (open ? 1 : 0), open })
  return (
    <>
      <Button variant="primary" reason={refusal} onClick={() => show(true)}>
        New freeze or window…
      </Button>
      {session.n > 0 && (
        <MakeDialog
          key={session.n}
          places={places}
          kind={making ?? 'deny'}
          open={session.open}
          close={() => show(false)}
        />
      )}
    </>
  )
}

function MakeDialog(props: { places: Places; kind: FreezeKind; open: boolean; close: () => void }) {
  const { places, open, close } = props
  const here = useZone()
  const [kind, setKind] = useState(props.kind)
  const [place, setPlace] = useState({ environment: any, service: any, project: any, instance: any })
  const [given, setGiven] = useState<{ zone: string | undefined }>({ zone: undefined })
  const [times, setTimes] = useState(emptyTimes)
  const [reason, setReason] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const zone = given.zone ?? here
  const missing =
    timesMissing(times) ??
    (zone.trim() === '' ? 'Name a time zone.' : reason.trim().length < 3 ? 'Say what it is for.' : undefined)
  const set = (name: keyof typeof place) => (value: string) => setPlace({ ...place, [name]: value })

  async function confirm() {
    const body = {
      ...{ kind, zone: zone.trim(), reason: reason.trim(), times: timesBody(times) },
      ...{ environment: named(place.environment), service: named(place.service) },
      ...{ project: named(place.project), instance: named(place.instance) },
    }
    if (!(await act(paths.api.freezes(), body))) return
    announce(kind === 'deny' ? 'The freeze is made.' : 'The deployment window is made.')
    close()
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && close()}
      busy={pending}
      width="md"
      title="New freeze or deployment window"
      description={
        kind === 'deny'
          ? 'While it is on no sync of these applications starts. Approvals stay.'
          : 'Outside of it no sync of these applications starts, unless another window for them is open.'
      }
      actions={
        <Button variant="primary" loading={pending} reason={pending ? undefined : missing} onClick={confirm}>
          {kind === 'deny' ? 'Make freeze' : 'Make window'}
        </Button>
      }
    >
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field label="Kind" className="sm:col-span-2">
          <Select
            value={kind}
            onChange={(event) => setKind(event.currentTarget.value === 'allow' ? 'allow' : 'deny')}
          >
            <option value="deny">Freeze: nothing is released</option>
            <option value="allow">Deployment window: released only then</option>
          </Select>
        </Field>
        <Choice
          label="Environment"
          all="All environments"
          names={places.environments}
          value={place.environment}
          onChange={set('environment')}
        />
        <Field label="Service" optional>
          <Input
            value={place.service}
            maxLength={253}
            autoComplete="off"
            onChange={(event) => set('service')(event.currentTarget.value)}
          />
        </Field>
        <Choice
          label="Project"
          all="All projects"
          names={places.projects}
          value={place.project}
          onChange={set('project')}
        />
        <Choice
          label="Argo CD"
          all="All instances"
          names={places.instances}
          value={place.instance}
          onChange={set('instance')}
        />
        <TimesFields times={times} onChange={setTimes} />
        <Field
          label="Time zone"
          hint="Its clock counts, also when it is put forward or back."
          className="sm:col-span-2"
        >
          <Input
            value={zone}
            maxLength={64}
            autoComplete="off"
            list="freeze-zones"
            onChange={(event) => setGiven({ zone: event.currentTarget.value })}
          />
        </Field>
        <datalist id="freeze-zones">
          {Intl.supportedValuesOf('timeZone').map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <NextTimes times={times} zone={zone} kind={kind} />
        <Field label="Reason" className="sm:col-span-2">
          <Textarea
            value={reason}
            rows={2}
            maxLength={2000}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </Field>
        {refusal && (
          <Callout tone="negative" alert title="Not made">
            {refusal}
          </Callout>
        )}
      </div>
    </Dialog>
  )
}
