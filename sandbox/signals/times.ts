/**
 * A moment as VictoriaMetrics and VictoriaLogs read it: seconds since 1970, RFC 3339, `now`, `now-1h` or `-10m`.
 * Undefined when it is none of these. Milliseconds are read as seconds, as the recorded version does.
 */
export function momentMs(text: string | null, nowMs: number): number | undefined {
  if (text === null || text === '') return undefined
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const relative = /^(?:now)?(?:-(\d+)(ms|s|m|h|d))?$/.exec(text)
  if (relative) {
    const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[relative[2] ?? 'ms'] ?? 0
    return nowMs - Number(relative[1] ?? 0) * unitMs
  }
  const parsed = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(parsed) ? undefined : parsed
}
