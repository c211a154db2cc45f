'use client'

import { Field, Input, Select } from '#components/ui/field.tsx'

/** What stands in the fields; `days` is `once`, the days of a cron schedule, or `own`. */
export type TimesDraft = {
  days: string
  from: string
  to: string
  at: string
  schedule: string
  duration: string
}

export const emptyTimes: TimesDraft = {
  ...{ days: 'once', from: '', to: '' },
  ...{ at: '22:00', schedule: '0 22 * * 1-5', duration: '8h' },
}

const choices: readonly [string, string][] = [
  ['once', 'Once'],
  ['*', 'Every day'],
  ['1-5', 'Mondays to Fridays'],
  ['0,6', 'Saturdays and Sundays'],
  ['1', 'Mondays'],
  ['2', 'Tuesdays'],
  ['3', 'Wednesdays'],
  ['4', 'Thursdays'],
  ['5', 'Fridays'],
  ['6', 'Saturdays'],
  ['0', 'Sundays'],
  ['own', 'A schedule of your own'],
]

/** The schedule that the fields mean; undefined for once. */
export function scheduleOf({ days, at, schedule }: TimesDraft): string | undefined {
  if (days === 'once') return undefined
  if (days === 'own') return schedule
  const [hour, minute] = at.split(':')
  return `${Number(minute)} ${Number(hour)} * * ${days}`
}

/** As POST /api/v1/freezes wants it. */
export function timesBody(times: TimesDraft) {
  const schedule = scheduleOf(times)
  return schedule === undefined
    ? { kind: 'once', to: times.to, ...(times.from && { from: times.from }) }
    : { kind: 'recurring', schedule, duration: times.duration }
}

/** What still has to be said before it can be asked for. */
export function timesMissing({ days, to, at }: TimesDraft): string | undefined {
  if (days === 'once') return to === '' ? 'Say when it ends.' : undefined
  return days !== 'own' && at === '' ? 'Say when it begins.' : undefined
}

type Props = { times: TimesDraft; onChange: (times: TimesDraft) => void }

/** When: once between two moments, or again and again. */
export function TimesFields({ times, onChange }: Props) {
  const set = (name: keyof TimesDraft) => (event: { currentTarget: { value: string } }) =>
    onChange({ ...times, [name]: event.currentTarget.value })
  const { days } = times
  return (
    <>
      <Field label="When" className="sm:col-span-2">
        <Select value={days} onChange={set('days')}>
          {choices.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      {days === 'once' ? (
        <>
          <Field label="From" optional hint="Now, when left out.">
            <Input type="datetime-local" value={times.from} onChange={set('from')} />
          </Field>
          <Field label="To">
            <Input type="datetime-local" value={times.to} onChange={set('to')} />
          </Field>
        </>
      ) : (
        <>
          {days === 'own' ? (
            <Field label="Schedule" hint="Minute, hour, day of month, month, day of week: 0 22 28-31 * *">
              <Input
                value={times.schedule}
                maxLength={200}
                autoComplete="off"
                className="font-mono"
                onChange={set('schedule')}
              />
            </Field>
          ) : (
            <Field label="At">
              <Input type="time" value={times.at} onChange={set('at')} />
            </Field>
          )}
          <Field label="For" hint="Such as 8h, 1h30m or 56h.">
            <Input value={times.duration} maxLength={40} autoComplete="off" onChange={set('duration')} />
          </Field>
        </>
      )}
    </>
  )
}
