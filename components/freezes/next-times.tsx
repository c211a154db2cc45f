'use client'

import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { fetchJson } from '#components/shell/fetch-json.ts'
import { useZone } from '#components/shell/now.tsx'
import { Time } from '#components/shell/time.tsx'
import { visible } from '#components/ui/visible.ts'
import type { FreezeKind } from '#lib/freezes/freeze.ts'
import type { Occurrence } from '#lib/freezes/occurrence.ts'
import { paths } from '#lib/platform/paths.ts'
import { scheduleOf, type TimesDraft } from './times-fields.tsx'

const restMs = 300

/** A value once it has not changed for a moment: nobody wants an answer to every letter. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), restMs)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

type Props = { times: TimesDraft; zone: string; kind: FreezeKind }

/** The next five times of what stands in the form, by the viewer's own clock, or why it cannot be kept. */
export function NextTimes({ times, zone, kind }: Props) {
  const here = useZone()
  const asked = useSettled(
    JSON.stringify({ schedule: scheduleOf(times) ?? '', duration: times.duration, zone }),
  )
  const recurring = times.days !== 'once'
  const { data, error } = useQuery({
    queryKey: ['freeze-preview', asked],
    queryFn: ({ signal }) =>
      fetchJson<{ times: Occurrence[]; problem?: string }>(
        paths.api.freezePreview(JSON.parse(asked)),
        signal,
      ),
    enabled: recurring && JSON.parse(asked).schedule !== '',
    retry: false,
    placeholderData: (before) => before,
  })
  if (!recurring) return null
  return (
    <section aria-live="polite" className="text-sm sm:col-span-2">
      <h3 className="font-medium text-ink">
        {kind === 'deny' ? 'Frozen next' : 'Open next'}, by the clock of {visible(here)}
      </h3>
      {error || data?.problem ? (
        <p className="break-words text-negative">
          {visible(data?.problem ?? 'The next times could not be read.')}
        </p>
      ) : (
        <ol className="tabular-nums text-ink-muted">
          {data?.times.map(({ from, to }) => (
            <li key={from}>
              <Time at={from} as="clock" /> to <Time at={to} as="clock" />
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
