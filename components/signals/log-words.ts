import type { Tone } from '#components/status/tones.ts'
import type { Level } from '#lib/logs/logsql.ts'
import type { NoLogs } from '#lib/logs/view.ts'

export type LevelName = Level | 'other'

export const levelWords: Record<LevelName, { word: string; tone: Tone }> = {
  error: { word: 'Error', tone: 'negative' },
  warning: { word: 'Warning', tone: 'attention' },
  info: { word: 'Info', tone: 'active' },
  debug: { word: 'Debug', tone: 'neutral' },
  other: { word: 'No level', tone: 'neutral' },
}

/** What stands where lines would be: states that nobody may take for one another. */
export function noLogsTitle(is: NoLogs['is']): string {
  switch (is) {
    case 'not-configured':
      return 'Logs are not configured'
    case 'empty':
      return 'Nothing found'
    case 'refused':
      return 'Refused'
    case 'timed-out':
      return 'No answer in time'
    case 'too-many':
      return 'Too much to show'
    case 'failed':
      return 'VictoriaLogs cannot be read'
  }
}

/** What to do about it, after the sentence of what happened. */
export function noLogsAdvice(is: NoLogs['is']): string | undefined {
  if (is === 'not-configured') return 'Set signals.logs.url in countersign.yaml.'
  if (is === 'timed-out') return 'Choose a shorter time or more words.'
  if (is === 'too-many') return 'Choose a shorter time, levels or words.'
  return undefined
}

/** `1,234`, in every place the same. */
export const counted = (count: number): string => count.toLocaleString('en-GB')
