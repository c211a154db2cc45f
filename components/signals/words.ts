import type { PanelName, Unit } from '#lib/metrics/panel.ts'
import type { Range } from '#lib/metrics/window.ts'

export const panelTitles: Record<PanelName, { title: string; about: string }> = {
  traffic: { title: 'Traffic', about: 'requests each second' },
  errors: { title: 'Errors', about: 'of all requests' },
  latency: { title: 'Latency', about: 'time to answer' },
  saturation: { title: 'Saturation', about: 'what is in use' },
}

export const rangeWords: Record<Range, string> = {
  '15m': '15 min',
  '1h': '1 hour',
  '6h': '6 hours',
  '24h': '24 hours',
}

const digits = (value: number) => {
  const size = Math.abs(value)
  if (size >= 1000) return `${Math.round(value)}`
  return String(Number(value.toPrecision(size >= 100 ? 3 : 2)))
}

/** A number with its unit, short enough for an axis. Null is said, not shown as zero. */
export function measure(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return 'no data'
  switch (unit) {
    case 'per-second':
      return `${digits(value)}/s`
    case 'share':
      return `${digits(value * 100)} %`
    case 'seconds':
      return value !== 0 && Math.abs(value) < 1 ? `${digits(value * 1000)} ms` : `${digits(value)} s`
    case 'bytes': {
      const steps = [
        ['GiB', 2 ** 30],
        ['MiB', 2 ** 20],
        ['KiB', 2 ** 10],
      ] as const
      const [name, size] = steps.find(([, size]) => Math.abs(value) >= size) ?? ['B', 1]
      return `${digits(value / size)} ${name}`
    }
    case 'count':
    case 'number':
      return digits(value)
  }
}

/** What stands where a chart would be, by why there is none: four states that nobody may take for one another. */
export function failureTitle(why: string): string {
  switch (why) {
    case 'refused':
      return 'The backend refuses'
    case 'rejected':
      return 'The query is not accepted'
    case 'timed-out':
      return 'No answer in time'
    case 'busy':
    case 'too-many':
      return 'Too many questions at once'
    case 'too-large':
      return 'The answer is too large'
    case 'not-understood':
      return 'The answer was not understood'
    default:
      return 'The backend cannot be reached'
  }
}

/** Hours and minutes in a zone, for axes and tables. */
export function clockIn(zone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return (ms) => format.format(ms)
}
