/** One service in one environment as its metrics, logs and alerts see it. */
export type Workload = {
  /** Label `app`; also the name of the container. */
  app: string
  namespace: string
  /** What ran from when on, oldest first. A bad version fails more requests and logs a new error. */
  rollouts: { atMs: number; version: string; bad: boolean }[]
  /** Hardly used: too few requests and lines to judge a version by. */
  quiet?: boolean
}

export type Series = {
  labels: Record<string, string>
  /** Undefined where there is no sample: before the first rollout and in the future. */
  valueAt: (atMs: number) => number | undefined
  /** When the newest sample up to a time was made. */
  lastBefore: (atMs: number) => number
}

const minuteMs = 60_000
const dayS = 86_400
const goodErrorRatio = 0.009
const badErrorRatio = 0.07
const buckets = [
  { le: '0.1', share: 0.81 },
  { le: '0.25', share: 0.95 },
  { le: '0.5', share: 0.985 },
  { le: '1', share: 0.997 },
  { le: '+Inf', share: 1 },
]

/** A number in [0, 1), always the same for the same words: the world needs chance without surprise. */
export function chance(...words: (string | number)[]): number {
  return dice(hashOf(words.join('\0')), 0, 0)
}

export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash
}

/** The same from numbers, for places that need very many of them. */
export function dice(seed: number, at: number, side: number): number {
  let hash = Math.imul(seed ^ Math.imul(at, 0x9e3779b1) ^ Math.imul(side, 0x85ebca6b), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32
}

/** All series of the workloads; nothing is stored, every value follows from its time. */
export function seriesOf(workloads: readonly Workload[], nowMs: number): Series[] {
  return workloads.flatMap((workload) => {
    const first = workload.rollouts[0]?.atMs
    if (first === undefined) return []
    const { app, namespace } = workload
    const pod = `${app}-0`
    const when = (value: (atMs: number) => number) => (atMs: number) =>
      atMs < first || atMs > nowMs ? undefined : value(atMs)
    const lastBefore = (atMs: number) => Math.min(atMs, nowMs)
    const total = (atMs: number) => requests(workload, atMs) - requests(workload, first)
    const failed = (atMs: number) => errors(workload, atMs)
    const http = { __name__: 'http_requests_total', namespace, app, pod }
    const memory = { __name__: 'container_memory_working_set_bytes', namespace, pod, container: app }
    return [
      {
        labels: { ...http, code: '200' },
        lastBefore,
        valueAt: when((atMs) => Math.round(total(atMs) - failed(atMs))),
      },
      { labels: { ...http, code: '500' }, lastBefore, valueAt: when((atMs) => Math.round(failed(atMs))) },
      { labels: memory, lastBefore, valueAt: when((atMs) => memoryBytes(workload, atMs)) },
      ...buckets.map(({ le, share }) => ({
        labels: { __name__: 'http_request_duration_seconds_bucket', namespace, app, pod, le },
        lastBefore,
        valueAt: when((atMs) => Math.round(total(atMs) * share)),
      })),
    ]
  })
}

/** Requests since 1970, growing by a daily rhythm with some unevenness; never falls. */
function requests({ app, namespace, quiet }: Workload, atMs: number): number {
  const perS = quiet ? 0.005 : 4 + 12 * chance('rate', app, namespace)
  const atS = atMs / 1000
  const turn = (2 * Math.PI) / dayS
  const rhythm = ((-0.3 * perS) / turn) * Math.cos(turn * atS)
  return perS * atS + rhythm + perS * 6 * wobble(atMs, app, namespace)
}

/** Between 0 and 1, joined by straight lines from minute to minute. */
function wobble(atMs: number, ...words: string[]): number {
  const seed = hashOf(words.join('\0'))
  const minute = Math.floor(atMs / minuteMs)
  const part = atMs / minuteMs - minute
  return dice(seed, minute, 0) * (1 - part) + dice(seed, minute + 1, 0) * part
}

function errors(workload: Workload, atMs: number): number {
  return workload.rollouts.reduce((sum, { atMs: from, bad }, index) => {
    const to = Math.min(atMs, workload.rollouts[index + 1]?.atMs ?? atMs)
    if (to <= from) return sum
    return sum + (requests(workload, to) - requests(workload, from)) * (bad ? badErrorRatio : goodErrorRatio)
  }, 0)
}

function memoryBytes({ app, namespace }: Workload, atMs: number): number {
  return Math.round(
    (90 + 80 * chance('memory', app, namespace) + 8 * wobble(atMs, 'memory', app, namespace)) * 1e6,
  )
}

/** The rollout a workload was on at a time, if it ran at all. */
export function rolloutAt(workload: Workload, atMs: number): Workload['rollouts'][number] | undefined {
  return workload.rollouts.findLast((rollout) => rollout.atMs <= atMs)
}
