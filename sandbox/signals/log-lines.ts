import { dice, hashOf, rolloutAt, type Workload } from './traffic.ts'

export type LogLine = { atMs: number; stream: Record<string, string>; fields: Record<string, string> }

const slotMs = 5000
/** A range in which more lines than this would have to be looked at is cut at its old end. */
const maxSlots = 200_000
const errorShare = { good: 0.045, bad: 0.14 }
/** Of a service that is hardly used. */
const quietShare = 0.02
const hostileAfterMs = 5 * 60_000
/** Log lines are written by whoever wants to: markup, control codes, several lines. */
const hostile = '<script>alert(1)</script> \u001b[31mred\u001b[0m "quoted" \\ back\nsecond line'

/** Lines of one workload between two moments, newest first, made as they are asked for. */
export function* linesBackwards(workload: Workload, fromMs: number, toMs: number): Generator<LogLine> {
  const first = workload.rollouts[0]?.atMs
  if (first === undefined) return
  const seed = hashOf(`${workload.app}\0${workload.namespace}`)
  const start = Math.max(fromMs, first)
  const last = Math.floor(toMs / slotMs)
  const lowest = Math.max(Math.floor(start / slotMs), last - maxSlots)
  for (let slot = last; slot >= lowest; slot -= 1) {
    for (const line of linesOf(workload, seed, slot)) if (line.atMs >= start && line.atMs <= toMs) yield line
  }
}

function linesOf(workload: Workload, seed: number, slot: number): LogLine[] {
  const throwDice = (side: number) => dice(seed, slot, side)
  const atMs = slot * slotMs + Math.floor(throwDice(1) * slotMs)
  const rollout = rolloutAt(workload, atMs)
  if (!rollout) return []
  const { version, bad } = rollout
  if (workload.quiet && throwDice(7) > quietShare) return []
  const failed = throwDice(2) < (bad ? errorShare.bad : errorShare.good)
  const line = lineAt(workload, version, atMs, slot, {
    _msg: failed ? errorText(throwDice(3), throwDice(4), bad) : requestText(throwDice(4), throwDice(5)),
    level: failed ? 'error' : 'info',
    'kubernetes.pod_labels.app.kubernetes.io/version': version,
    trace_id: Math.floor(throwDice(6) * 2 ** 40).toString(16),
  })
  const hostileAtMs = rollout.atMs + hostileAfterMs
  if (Math.floor(hostileAtMs / slotMs) !== slot) return [line]
  const odd = lineAt(workload, version, hostileAtMs, slot, { _msg: hostile, level: 'error' })
  return [line, odd].sort((a, b) => b.atMs - a.atMs)
}

function lineAt(
  { app, namespace }: Workload,
  version: string,
  atMs: number,
  slot: number,
  fields: Record<string, string>,
): LogLine {
  const replicaSet = (hashOf(version) & 0xfff).toString(16)
  const stream = {
    'kubernetes.container_name': app,
    'kubernetes.pod_name': `${app}-${replicaSet}-${slot % 2}`,
    'kubernetes.pod_namespace': namespace,
  }
  return {
    atMs,
    stream,
    fields: { ...stream, 'kubernetes.pod_labels.app.kubernetes.io/name': app, ...fields },
  }
}

const requestText = (a: number, b: number) =>
  `GET /orders/${Math.floor(100_000 + a * 900_000)} 200 in ${Math.floor(4 + b * 110)}ms`

/** A bad version brings one pattern that was never seen before, and more of an old one. */
function errorText(kind: number, a: number, bad: boolean): string {
  if (bad && kind < 0.45)
    return `payment provider refused: code=${400 + Math.floor(a * 30)} order=${Math.floor(100_000 + a * 900_000)}`
  return `timeout after ${Math.floor(900 + a * 2000)}ms calling ledger`
}
