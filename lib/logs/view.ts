import type { Instant } from '#lib/platform/clock.ts'
import type { LogLine, Volume } from './line.ts'
import type { PatternChange, Patterns } from './pattern.ts'

/**
 * Why there is nothing to show. Four that people must be able to tell apart: nothing matches (`empty`), the question is
 * not taken (`refused`), no answer in time (`timed-out`), more than is read (`too-many`); everything else is `failed`.
 */
export type NoLogs =
  | { is: 'not-configured' }
  | { is: 'empty' | 'refused' | 'timed-out' | 'too-many' | 'failed'; detail: string }

/** Lines newest first, as the browser gets them. */
export type LinesView =
  | {
      is: 'lines'
      lines: LogLine[]
      from: Instant
      to: Instant
      /** There are more in this window than are shown. */
      more: boolean
      notes: string[]
      query: string
      href: string
    }
  | NoLogs

export type VolumeView = ({ is: 'volume'; toMs: number; href: string } & Volume) | NoLogs

/** A pattern with where to look on: `words` find its lines here, `href` in VictoriaLogs. */
export type ShownPattern = PatternChange & { words: string; href: string }
export type PatternsView =
  | ({
      is: 'patterns'
      changes: ShownPattern[]
      notes: string[]
      deployed: Instant
      /** What was deployed; null when nobody knows. */
      version: string | null
      to: Instant
    } & Omit<Patterns, 'changes'>)
  | NoLogs

/** What of a pattern is the same in each of its lines: its longest piece between placeholders, as one phrase. */
export function wordsOf(pattern: string): string {
  const pieces = pattern
    .split(/<(?:N|UUID|IP4|TIME|DATE|DATETIME|W)>|["\p{Cc}]/u)
    .map((piece) => piece.trim())
    .sort((a, b) => b.length - a.length)
  return pieces[0] ? `"${pieces[0].slice(0, 200).toWellFormed()}"` : ''
}

/** Messages of a stream of lines that are being written. */
export type TailMessage = { lines: LogLine[]; left: number } | { ended: string }
