import type { Instant } from '#lib/platform/clock.ts'

/** The part of an observed Application that dispatch decides on; `ObservedApplication` of lib/argocd has all of it. */
export type Seen = {
  uid: string | null
  automated: boolean
  retryRefresh: boolean
  deleting: boolean
  revisionHistoryLimit: number
  health: { status: string }
  reconciledAt: Instant | null
  operation: {
    inFlight: boolean
    phase: string
    waitingForRetry: boolean
    message: string | null
    startedAt: Instant | null
    finishedAt: Instant | null
    syncedRevisions: string[]
    info: { name: string; value: string }[]
  } | null
  history: { id: number; revisions: string[]; deployStartedAt: Instant | null }[]
  operationFingerprint: string
}

/**
 * `leaseMs`: a dead worker is replaced after it (EXE-2: within 35 s). `postDeadlineMs`: an intent older than this sends
 * nothing any more. A request may be delayed on its way for as long as quiet minus deadline; after that a copy is
 * detected, not prevented. `pollMs`: between two looks at a running sync. `steadyMs`: how long Healthy must last, because
 * for a blink Argo CD shows the old pods. Other values are for tests, which give them when they build a worker.
 */
export type Timing = {
  leaseMs: number
  postDeadlineMs: number
  quietMs: number
  pollMs: number
  steadyMs: number
}
export const timing: Timing = {
  ...{ leaseMs: 30_000, postDeadlineMs: 15_000, quietMs: 90_000 },
  ...{ pollMs: 400, steadyMs: 1_500 },
}

/** As many releases at once between claim and end of sync, per Argo CD: after an outage it is not to be flooded. */
export const sendingMax = 5

export const tokenName = 'countersign/token'

export function carriesToken(operation: Seen['operation'], token: string): boolean {
  return operation?.info.some((each) => each.name === tokenName && each.value === token) ?? false
}

/** Why nothing may be sent to this application now: `wait` passes by itself, `stop` makes the release stale. */
export function obstacle(app: Seen): { kind: 'wait' | 'stop'; why: string } | null {
  if (app.deleting) return { kind: 'stop', why: 'The application is being deleted.' }
  if (app.automated)
    return { kind: 'stop', why: 'Automatic sync was switched on; Argo CD refuses pinned syncs then.' }
  if (app.retryRefresh)
    return {
      kind: 'stop',
      why: 'retry.refresh is on: a retry would deploy the newest revision instead of the signed one.',
    }
  if (app.revisionHistoryLimit < 10)
    return {
      kind: 'stop',
      why: 'The application keeps fewer than 10 history entries; its syncs could not be followed.',
    }
  if (app.operation?.inFlight) return { kind: 'wait', why: 'Another operation is running in Argo CD.' }
  return null
}

/**
 * Why the sync windows hold a release back; null only when Argo CD says outright that a manual sync may run now. No
 * answer is no permission: the approval waits, nothing is sent.
 */
export function windowsShut(
  answer: { ok: true; value: { canSync: boolean | null } } | { ok: false; message: string },
): string | null {
  if (!answer.ok) return `Argo CD did not say whether a sync window is open: ${answer.message}`
  if (answer.value.canSync === true) return null
  return answer.value.canSync === false
    ? 'Argo CD: a sync window is closed'
    : 'Argo CD did not say whether a sync window is open'
}

export type SeenIntent = {
  n: number
  token: string
  preStateHash: string
  preHistoryId: number | null
  createdAt: Instant
  quietUntil: Instant
}

export type Recovery =
  | { do: 'adopt'; n: number }
  | { do: 'wait'; until: Instant; why: string }
  | { do: 'send-again' }
  | { do: 'review'; why: string }

const createdAgain = 'The application was deleted and created again after the sync was sent'

/**
 * After an intent whose answer is unknown (crash, timeout, lost reply): what the application shows decides
 * (audit-security 3.4 step 10). Sending again needs all of: quiet period over, nothing running, the same application,
 * and the operation state byte-identical to the one before the intent, which proves that no sync has begun since.
 * `app` is null when Argo CD says that there is none. `now` is the time of Postgres, as the quiet period is.
 */
export function recover(
  intents: readonly SeenIntent[],
  app: Seen | null,
  uid: string | null,
  now: Instant,
): Recovery {
  const last = intents.at(-1)
  if (!last) throw new Error('nothing was sent, nothing is to be recovered')
  // The first request may arrive after the second one was written: either token is ours.
  const ours = intents.find((each) => carriesToken(app?.operation ?? null, each.token))
  if (ours) return { do: 'adopt', n: ours.n }
  if (now <= last.quietUntil)
    return { do: 'wait', until: last.quietUntil, why: 'Argo CD shows no trace of the sync yet.' }
  if (!app)
    return {
      do: 'review',
      why: 'The application was deleted after the sync was sent; nobody can tell whether it ran.',
    }
  if (app.uid !== uid) return { do: 'review', why: `${createdAgain}; nobody can tell whether it ran.` }
  if (app.operation?.inFlight || app.operationFingerprint !== last.preStateHash)
    return {
      do: 'review',
      why: 'Something else ran in Argo CD since the sync was sent; nobody can tell whether ours did.',
    }
  if (last.n >= 2) return { do: 'review', why: 'Two attempts left no trace in Argo CD.' }
  return { do: 'send-again' }
}

export type Followed =
  | { is: 'running'; phase: string }
  | { is: 'succeeded'; revisions: string[]; historyId: number | null }
  | { is: 'failed'; phase: string; message: string }
  | { is: 'review'; why: string }

/**
 * Reads the end of our operation, and only of ours: a terminate that answered 200 is not an end (recorded). Right after
 * the reply Argo CD may still show what was before, out of its cache; when it does so for longer than the quiet period,
 * it has forgotten the operation, as after a restored backup.
 */
export function follow(
  app: Seen,
  intent: SeenIntent,
  plan: { uid: string | null; revisions: string[] },
  now: Instant,
): Followed {
  const { revisions } = plan
  const operation = app.operation
  if (app.uid !== plan.uid) return { is: 'review', why: `${createdAgain}; its end was not seen.` }
  if (!operation || !carriesToken(operation, intent.token)) {
    const unmoved = app.operationFingerprint === intent.preStateHash && !operation?.inFlight
    if (unmoved && now <= intent.quietUntil) return { is: 'running', phase: 'not shown yet' }
    if (unmoved)
      return {
        is: 'review',
        why: 'Argo CD accepted the sync and shows no trace of it any more, as if it had been restored from a backup.',
      }
    const entry = app.history.find((each) => mayBeOurs(each, intent, revisions))
    return {
      is: 'review',
      why: entry
        ? `Another operation replaced ours before its end was seen; entry ${entry.id} of the history has our revision and began after we sent it.`
        : 'Another operation replaced ours before its end was seen; the history has no entry of our revision.',
    }
  }
  if (operation.inFlight)
    return { is: 'running', phase: operation.waitingForRetry ? 'waiting for a retry' : operation.phase }
  if (operation.phase !== 'Succeeded')
    return { is: 'failed', phase: operation.phase, message: operation.message ?? 'Argo CD gave no reason.' }
  if (!same(operation.syncedRevisions, revisions))
    return {
      is: 'review',
      why: `Argo CD synced ${operation.syncedRevisions.join(', ') || 'no revision'} instead of ${revisions.join(', ')}.`,
    }
  return { is: 'succeeded', revisions: operation.syncedRevisions, historyId: app.history.at(-1)?.id ?? null }
}

/** Newer than the intent by number and by time (Argo CD keeps whole seconds), with exactly the signed revisions. */
function mayBeOurs(entry: Seen['history'][number], intent: SeenIntent, revisions: string[]): boolean {
  const begun =
    entry.deployStartedAt !== null && Date.parse(entry.deployStartedAt) + 1_000 > Date.parse(intent.createdAt)
  return entry.id > (intent.preHistoryId ?? -1) && begun && same(entry.revisions, revisions)
}

export type Verified =
  | { is: 'pending'; health: string }
  | { is: 'healthy' }
  | { is: 'unhealthy'; why: string }

/** How long Degraded must last before it counts, and how long a rollout may take. */
export const degradedAfterMs = 10_000
export const verifyTimeoutMs = 10 * 60_000

/**
 * Health after the sync. A status from before the sync ended does not count; Degraded must last, because Argo CD
 * shows the old pods' health until the rollout has begun.
 */
export function verify(
  app: Seen,
  synced: Instant,
  watch: { degradedSince: Instant | null; healthySince: Instant | null },
  now: Instant,
  steadyMs: number = timing.steadyMs,
): Verified {
  const ageMs = Date.parse(now) - Date.parse(synced)
  const status = app.health.status
  const fresh = app.reconciledAt !== null && Date.parse(app.reconciledAt) + 1_000 > Date.parse(synced)
  const lasts = (since: Instant | null, ms: number) =>
    since !== null && Date.parse(now) - Date.parse(since) >= ms
  if (status === 'Healthy' && fresh && lasts(watch.healthySince, steadyMs)) return { is: 'healthy' }
  if (status === 'Degraded' && lasts(watch.degradedSince, degradedAfterMs))
    return { is: 'unhealthy', why: 'Argo CD says Degraded.' }
  // Seen Healthy for the first time only now, after an outage or a takeover: whether it lasts is a matter of a moment.
  if (ageMs > verifyTimeoutMs && !(status === 'Healthy' && fresh))
    return {
      is: 'unhealthy',
      why: `Not healthy ${Math.round(verifyTimeoutMs / 60_000)} minutes after the sync: ${status}.`,
    }
  return { is: 'pending', health: status }
}

function same(a: string[], b: string[]): boolean {
  return a.length > 0 && a.length === b.length && a.every((each, i) => each === b[i])
}
