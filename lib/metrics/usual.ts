/** What is usual at each moment of a grid: the median of comparable moments and where eight in ten of them lie. */
export type Usual = {
  /** Earlier days that had any sample. */
  days: number
  low: (number | null)[]
  median: (number | null)[]
  high: (number | null)[]
}

/** Fewer comparable moments than this say nothing of what is usual. */
export const daysMin = 3

/** The value below which the share `q` of a sorted list lies, on a straight line between two of them. */
export function quantile(sorted: readonly number[], q: number): number | null {
  const at = (sorted.length - 1) * q
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  return below === undefined || above === undefined ? null : below + (above - below) * (at - Math.floor(at))
}

/** From the same stretch of earlier days, each laid on the grid of today. */
export function usualOf(days: readonly (readonly (number | null)[])[]): Usual {
  const seen = days.filter((values) => values.some((value) => value !== null))
  const points = Math.max(0, ...seen.map((values) => values.length))
  const at = Array.from({ length: points }, (_, index) =>
    seen.flatMap((values) => values[index] ?? []).sort((a, b) => a - b),
  )
  const line = (q: number) => at.map((values) => (values.length < daysMin ? null : quantile(values, q)))
  return { days: seen.length, low: line(0.1), median: line(0.5), high: line(0.9) }
}
