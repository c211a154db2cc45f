import 'server-only'
import { can, type Viewer } from '#lib/access/policy.ts'
import type { ListedResource } from '#lib/argocd/listed.ts'
import type { Reader } from '#lib/catalog/data.ts'
import type { MetricsSubject } from '#lib/metrics/finder.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { LinkSubject } from '#lib/releases/links.ts'

/** What the signals of one application are found by. `metrics` is null while nobody knows where it runs. */
export type SignalSubject = {
  id: string
  environment: string | null
  links: LinkSubject
  metrics: MetricsSubject | null
}

const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout']
const namesMax = 20

type Row = {
  id: string
  name: string
  project: string
  service: string | null
  environment: string | null
  target: string | null
  version: string | null
  namespace: string | null
  labels: Record<string, string> | null
  resources: ListedResource[] | null
}

/** The application as `viewer` may see it, or null when there is none or it is not theirs to read. */
export async function readSubject(db: Reader, viewer: Viewer, id: string): Promise<SignalSubject | null> {
  const subject = await subjectFor(db, id)
  return subject && can(viewer, 'read', { project: subject.links.project }) ? subject : null
}

/** The application, whoever asks: for the worker. */
export async function subjectFor(db: Reader, id: string): Promise<SignalSubject | null> {
  const [row] = await db.$queryRaw<Row[]>`
    SELECT a.id, a.name, a.project, a.service, a.environment, a.target, a.version,
      a.observed #>> '{destination,namespace}' AS namespace, a.observed -> 'labels' AS labels, l.resources
    FROM catalog.application a LEFT JOIN catalog.resource_list l ON l.application_id = a.id WHERE a.id = ${id}`
  if (!row) return null
  const service = row.service ?? row.name
  const named = (kinds: readonly string[]) =>
    (row.resources ?? [])
      .filter(([, kind]) => kinds.includes(kind))
      .map(([, kind, , name]) => ({ kind, name }))
      .slice(0, namesMax)
  return {
    id,
    environment: row.environment,
    links: {
      ...{ service, environment: row.environment ?? '', target: row.target, project: row.project },
      ...{ application: row.name, version: row.version ?? '', namespace: row.namespace },
      labels: row.labels ?? {},
    },
    metrics: row.namespace
      ? {
          ...{ namespace: row.namespace, service },
          workloads: named(workloadKinds),
          services: named(['Service']).map(({ name }) => name),
        }
      : null,
  }
}

/** A deployment as a mark in a chart; `main` is the one that the page is about. */
export type Mark = {
  at: Instant
  version: string | null
  release: string | null
  cause: string
  main: boolean
}

/** Deployments of an application between two moments, oldest first; whoever may read the application may read them. */
export async function marksOf(
  db: Reader,
  application: string,
  from: Instant,
  to: Instant,
  main?: string,
): Promise<Mark[]> {
  const rows = await db.$queryRaw<(Omit<Mark, 'at' | 'main'> & { at: Date })[]>`
    SELECT coalesce(sync_started_at, deployed_at) AS at, version, release_id AS release, cause
    FROM catalog.deployment WHERE application_id = ${application}
      AND deployed_at BETWEEN ${from}::timestamptz AND ${to}::timestamptz
    ORDER BY deployed_at DESC LIMIT 100`
  return rows
    .map((row) => ({ ...row, at: instant(row.at), main: row.release !== null && row.release === main }))
    .reverse()
}
