/**
 * How long what happened at `nowMs` waits to be told, in milliseconds: `leadMs` after a quiet time, in which what comes
 * with it is gathered; in a burst, until `restMs` after it was told last. Whoever waits tells all that came meanwhile, so
 * that nothing is lost and never more is told than once in `restMs`.
 */
export function waitMs(
  nowMs: number,
  toldMs: number,
  { leadMs, restMs }: { leadMs: number; restMs: number },
): number {
  return Math.max(leadMs, toldMs + restMs - nowMs)
}
