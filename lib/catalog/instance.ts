import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'

/** The watch of an Argo CD that is well gives a sign of life far more often. */
const silenceMaxMs = 90_000

/**
 * When an Argo CD was last heard of, if what is shown of it may have changed since: it is not connected, or no worker
 * has heard of it for 90 s. Null when it is well.
 */
export function staleSince(
  instance: { state: string; stateSince: Instant; lastContactAt: Instant | null },
  now: Instant,
): Instant | null {
  const heard = instance.lastContactAt ?? instance.stateSince
  const silent = millisecondsBetween(heard, now) > silenceMaxMs
  return instance.state === 'connected' && !silent ? null : heard
}
