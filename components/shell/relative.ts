const minute = 60
const hour = 60 * minute
const day = 24 * hour
const months = 'January February March April May June July August September October November December'.split(
  ' ',
)

/** A length of time as a column shows it: `40 s`, `12 min`, `3 h`, `6 d`. Below ten seconds: `now`. */
export function span(seconds: number): string {
  const s = Math.abs(seconds)
  if (s < 10) return 'now'
  if (s < minute) return `${Math.floor(s / 10) * 10} s`
  if (s < hour) return `${Math.floor(s / minute)} min`
  if (s < 2 * day) return `${Math.floor(s / hour)} h`
  return `${Math.floor(s / day)} d`
}

const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`

/** The same for a sentence: `24 minutes ago`, `in 3 hours`, `just now`. */
export function spoken(seconds: number): string {
  const s = Math.abs(seconds)
  if (s < 10) return 'just now'
  const words =
    s < minute
      ? plural(Math.floor(s / 10) * 10, 'second')
      : s < hour
        ? plural(Math.floor(s / minute), 'minute')
        : s < 2 * day
          ? plural(Math.floor(s / hour), 'hour')
          : plural(Math.floor(s / day), 'day')
  return seconds >= 0 ? `${words} ago` : `in ${words}`
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Making one costs more than using it a hundred times, and there are as many times on a page. */
function formatIn(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formats.set(zone, format)
  return format
}

/** The parts of an instant in a zone. Numeric only: month names differ between server and browser data. */
function parts(at: string, zone: string) {
  const found = Object.fromEntries(
    formatIn(zone)
      .formatToParts(new Date(at))
      .map((part) => [part.type, part.value]),
  )
  return {
    year: Number(found.year),
    month: Number(found.month),
    day: Number(found.day),
    minutes: `${found.hour}:${found.minute}`,
    seconds: `${found.hour}:${found.minute}:${found.second}`,
  }
}

/** Everything there is to say about an instant: `23 November 2026, 10:41:07 (Europe/Berlin)`. */
export function absolute(at: string, zone: string): string {
  const p = parts(at, zone)
  return `${p.day} ${months[p.month - 1]} ${p.year}, ${p.seconds} (${zone})`
}

/**
 * Time of day, with the date when it was not today: `10:41`, `yesterday 16:12`, `3 June 14:05`.
 * `seconds` for steps that follow each other closely.
 */
export function clockTime(at: string, now: string, zone: string, seconds = false): string {
  const [then, today] = [parts(at, zone), parts(now, zone)]
  const time = seconds ? then.seconds : then.minutes
  const dayOf = (p: typeof then) => Date.UTC(p.year, p.month - 1, p.day) / (day * 1000)
  const days = dayOf(today) - dayOf(then)
  if (days === 0) return time
  if (days === 1) return `yesterday ${time}`
  if (days === -1) return `tomorrow ${time}`
  const date = `${then.day} ${months[then.month - 1]}`
  return then.year === today.year ? `${date} ${time}` : `${date} ${then.year} ${time}`
}

/** Whether the runtime knows this zone; what comes from a cookie is not to be trusted. */
export function isZone(zone: string | undefined): zone is string {
  if (!zone || zone.length > 64) return false
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
