import type { Usual } from './usual.ts'
import type { Grid } from './window.ts'

export const panels = ['traffic', 'errors', 'latency', 'saturation'] as const
export type PanelName = (typeof panels)[number]
export type Unit = 'per-second' | 'share' | 'seconds' | 'bytes' | 'count' | 'number'

/** Why there is nothing to draw although something was asked; `detail` is a sentence for people. */
export type Unanswered = { is: 'failed'; why: string; detail: string }

/** One line of a panel, null where there is no sample. */
export type PanelLine = { name: string; values: (number | null)[] }

/** What a panel shows, as the browser gets it. Times are milliseconds since 1970. */
export type PanelView =
  | {
      is: 'shown'
      panel: PanelName
      unit: Unit
      profile: string
      found: string
      grid: Grid
      lines: PanelLine[]
      queries: { name: string; query: string }[]
      /** What a reader must know besides: parts missing, values that are no numbers. */
      notes: string[]
      /** The same queries in the backend's own pages. */
      href: string
    }
  | { is: 'empty'; panel: PanelName; detail: string; tried: { name: string; query: string }[] }
  | { is: 'not-configured' }
  | Unanswered

/** What is usual at this time of day, on the same grid as asked for. */
export type UsualView =
  | ({ is: 'usual'; grid: Grid } & Usual)
  | { is: 'too-little'; days: number }
  | { is: 'nothing' }
  | Unanswered

/** Values of one grid as seen from another of the same step: what lies outside is null. */
export function reGrid(
  values: readonly (number | null)[],
  from: Grid,
  to: Grid,
  points: number,
): (number | null)[] {
  const offset = Math.round((to.fromMs - from.fromMs) / to.stepMs)
  const same = from.stepMs === to.stepMs
  return Array.from({ length: points }, (_, index) => (same ? (values[index + offset] ?? null) : null))
}
