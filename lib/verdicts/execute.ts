import 'server-only'
import { belongsTo } from '#lib/alerts/alert.ts'
import { isAlone, listAlerts, possibleLabels } from '#lib/alerts/data.ts'
import { candidatesOf } from '#lib/metrics/candidate.ts'
import { type Measurement, readMeasurement } from '#lib/metrics/read.ts'
import { clock, instant } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import type { Db } from '#lib/platform/db.ts'
import { type SignalBackend, signalBackend } from '#lib/signals/client.ts'
import { type SignalSubject, subjectFor } from '#lib/signals/data.ts'
import { ownSeries } from '#lib/signals/own-series.ts'
import { saveVerdict } from './commands.ts'
import { type Due, listBeside, listDeployments, listDue } from './data.ts'
import { aligned, collect, dueMs, gridFor, spansOf } from './inputs.ts'
import { type HardEvent, judge, type SignalName, signals, type VerdictInput } from './verdict.ts'

export type Judging = { db: Db; worker: string; signals: Config['signals']; read?: typeof readMeasurement }

const defaultLabels = { namespace: 'namespace', app: ['app', 'service', 'app_kubernetes_io_name'] }
const atOnce = 20
/** A backend that does not answer is asked again for so long; then the verdict says so. */
const patienceMs = 30 * 60_000

type Read = Partial<Record<SignalName, Measurement>>

/**
 * Judges the releases whose next checkpoint is over. A backend that is away makes them wait, and in the end be said to be
 * inconclusive with the reason. Does nothing where no metrics are configured.
 */
export async function judgeReleases(judging: Judging): Promise<boolean> {
  if (!judging.signals.metrics) return false
  for (const due of await listDue(judging.db, atOnce)) {
    const late = Date.parse(clock.now()) - dueMs(due.finishedAt.getTime(), due.checkpoint)
    if (late >= 0) await judgeOne(judging, due, late > patienceMs)
  }
  return false
}

async function judgeOne({ db, worker, ...given }: Judging, due: Due, last: boolean): Promise<void> {
  const subject = await subjectFor(db, due.application)
  const backend = signalBackend(given.signals, 'metrics', due.environment)
  if (!subject || !backend) return
  const { deployedMs, readyMs } = aligned(due.syncedAt.getTime(), due.finishedAt.getTime())
  const grid = gridFor(readyMs, deployedMs, due.checkpoint)
  const read = await readAll(given, subject, backend, grid)
  const { measured, units, asked, failed } = collect(read, grid)
  if (failed.length > 0 && !last) return
  const [from, to] = [instant(due.syncedAt), instant(grid.toMs)]
  const deployments = await listDeployments(db, due.application, due.release, instant(grid.fromMs))
  const beside = await listBeside(db, due.application, from, to)
  const input: VerdictInput = {
    checkpoint: due.checkpoint,
    ...{ deployedMs, readyMs, measured, units },
    deployments: spansOf(deployments),
    events: [...healthOf(due), ...(await alertsOf(db, given.signals, subject, due, grid.toMs))],
    beside: [
      ...beside.map((name) => `${name} was deployed at the same time.`),
      ...failed.map((why) => `Could not be read, ${why}`),
    ],
  }
  await saveVerdict(db, due, judge(input), { input, asked, failed }, worker)
}

async function readAll(
  given: Pick<Judging, 'signals' | 'read'>,
  subject: SignalSubject,
  backend: SignalBackend,
  grid: ReturnType<typeof gridFor>,
): Promise<Read> {
  if (!subject.metrics) return {}
  const candidates = candidatesOf(subject.metrics, ownSeries(given.signals.series, subject.links))
  const nowMs = Date.parse(clock.now())
  const answers: Read = {}
  for (const panel of signals)
    answers[panel] = await (given.read ?? readMeasurement)({ backend, candidates, panel, grid, nowMs })
  return answers
}

const healthOf = ({ state, ending, finishedAt }: Due): HardEvent[] =>
  state === 'degraded' ? [{ kind: 'health', text: ending, atMs: finishedAt.getTime() }] : []

/** Critical alerts of this application that began after the sync. */
async function alertsOf(
  db: Db,
  config: Config['signals'],
  { id, links, metrics }: SignalSubject,
  due: Due,
  toMs: number,
): Promise<HardEvent[]> {
  const names = config.alerts?.labels ?? defaultLabels
  const namespace = metrics?.namespace ?? null
  const of = {
    application: links.application,
    service: links.service,
    project: links.project,
    namespace,
    alone: namespace !== null && (await isAlone(db, id, namespace)),
  }
  const window = { from: instant(due.syncedAt), to: instant(toMs) }
  const kept = await listAlerts(db, { application: id, labels: possibleLabels(of, names) }, window)
  return kept
    .filter(({ source, labels, startsAt }) => {
      const ours = source === 'delivery' || belongsTo(labels, of, names)
      return ours && labels.severity === 'critical' && startsAt >= window.from
    })
    .map(({ labels, annotations, startsAt }) => ({
      kind: 'alert',
      text: `${labels.alertname ?? 'An alert'}: ${annotations.summary ?? annotations.description ?? 'no words'}`.slice(
        0,
        300,
      ),
      atMs: Date.parse(startsAt),
    }))
}
