import type { Timing } from '#lib/dispatch/dispatch.ts'

/** Everything ten times as fast as in earnest; the pauses and delays that are inflicted are, too. */
export const chaosTiming: Timing = {
  ...{ leaseMs: 3_000, postDeadlineMs: 1_500, quietMs: 9_000 },
  ...{ pollMs: 100, steadyMs: 300 },
}
/** What a request may be late: quiet period minus deadline, with a little left over. */
export const delayMsMax = 7_000
