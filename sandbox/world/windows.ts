import { glob, type Project, type SyncWindow } from './projects.ts'
import type { App } from './state.ts'

const minuteMs = 60_000

function fieldMatches(field: string, value: number): boolean {
  return field.split(',').some((part) => {
    const [range = '*', step] = part.split('/')
    const [low, high] = range.split('-').map(Number)
    const inRange = range === '*' || (value >= (low ?? 0) && value <= (high ?? low ?? 0))
    const offset = range === '*' ? value : value - (low ?? 0)
    return inRange && (step === undefined || offset % Number(step) === 0)
  })
}

/** Offset of a zone at one moment, in milliseconds; an unknown zone counts as UTC, as Argo CD does. */
function offsetMs(timeZone: string | undefined, atMs: number): number {
  if (!timeZone) return 0
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    }).formatToParts(atMs)
    const part = (type: string) => Number(parts.find((candidate) => candidate.type === type)?.value)
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'))
    return local - Math.floor(atMs / minuteMs) * minuteMs
  } catch {
    return 0
  }
}

/** Milliseconds of a Go duration such as `1h30m`. */
export function durationMs(duration: string): number {
  const units: Record<string, number> = { h: 3_600_000, m: minuteMs, s: 1_000, ms: 1 }
  let total = 0
  for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g))
    total += Number(amount) * (units[unit ?? ''] ?? 0)
  return total
}

/** Whether the window fired within its duration before `atMs`. */
export function isActive(window: SyncWindow, atMs: number): boolean {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = window.schedule.split(/\s+/)
  const local = Math.floor((atMs + offsetMs(window.timeZone, atMs)) / minuteMs)
  const minutes = Math.ceil(durationMs(window.duration) / minuteMs)
  for (let back = 0; back < minutes; back += 1) {
    const at = new Date((local - back) * minuteMs)
    if (!fieldMatches(minute, at.getUTCMinutes()) || !fieldMatches(hour, at.getUTCHours())) continue
    if (!fieldMatches(day, at.getUTCDate()) || !fieldMatches(month, at.getUTCMonth() + 1)) continue
    if (fieldMatches(weekday, at.getUTCDay())) return true
  }
  return false
}

export type Windows = { assigned: SyncWindow[]; active: SyncWindow[] }

/** The project's windows that name the application, its namespace or its cluster. */
export function windowsOf(project: Project | undefined, app: App, atMs: number): Windows {
  const { server = '', namespace = '' } = app.spec.destination
  const assigned = (project?.spec.syncWindows ?? []).filter(
    (window) =>
      window.applications?.some((pattern) => glob(pattern, app.name)) ||
      window.namespaces?.some((pattern) => glob(pattern, namespace)) ||
      window.clusters?.some((pattern) => glob(pattern, server)),
  )
  return { assigned, active: assigned.filter((window) => isActive(window, atMs)) }
}

/** Argo CD's rule: an active deny beats everything; where allows exist, one must be active. */
export function maySync(windows: Windows, manual: boolean): boolean {
  const denies = windows.active.filter((window) => window.kind === 'deny')
  if (denies.length > 0) return manual && denies.every((window) => window.manualSync)
  if (windows.active.some((window) => window.kind === 'allow')) return true
  const allows = windows.assigned.filter((window) => window.kind === 'allow')
  return allows.length === 0 || (manual && allows.every((window) => window.manualSync))
}
