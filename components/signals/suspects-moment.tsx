'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { fieldText } from '#components/past/field.ts'
import { useZone } from '#components/shell/now.tsx'
import { Button } from '#components/ui/button.tsx'
import { visible } from '#components/ui/visible.ts'
import { momentIn } from '#lib/past/moment.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { paths } from '#lib/platform/paths.ts'

type MomentProps = { service: string; environment: string; environments: readonly string[]; at: Instant }

const control =
  'h-8 rounded-md border border-line-strong bg-surface px-2 text-ink pointer-coarse:h-11 max-sm:text-lg'

/** When the errors began, in the viewer's own zone, and where. */
export function SuspectsMoment({ service, environment, environments, at }: MomentProps) {
  const router = useRouter()
  const zone = useZone()
  const [text, setText] = useState<string>()
  const [place, setPlace] = useState(environment)
  const go = (event: FormEvent) => {
    event.preventDefault()
    const ms = text === undefined ? Date.parse(at) : Date.parse(text) + offsetMs(text, zone)
    if (!Number.isNaN(ms))
      router.push(paths.suspects(service, { at: momentIn(instant(ms)), environment: place }))
  }
  return (
    <form onSubmit={go} className="flex flex-wrap items-center gap-x-3 gap-y-2 text-sm">
      <label className="flex flex-wrap items-center gap-2 text-ink-muted">
        <span>Errors began, in {zone}</span>
        <input
          type="datetime-local"
          required
          value={text ?? fieldText(at, zone)}
          onChange={({ target }) => setText(target.value)}
          className={control}
        />
      </label>
      <label className="flex items-center gap-2 text-ink-muted">
        <span>in</span>
        <select value={place} onChange={({ target }) => setPlace(target.value)} className={control}>
          {environments.map((each) => (
            <option key={each} value={each}>
              {visible(each)}
            </option>
          ))}
        </select>
      </label>
      <Button type="submit">Show suspects</Button>
    </form>
  )
}

/** What must be added to a text read as the browser's own time so that it is of the zone that the page shows. */
function offsetMs(text: string, zone: string): number {
  const read = Date.parse(text)
  return read - Date.parse(fieldText(instant(read), zone))
}
