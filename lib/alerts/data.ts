import 'server-only'
import type { Reader } from '#lib/catalog/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { AlertLabels, AlertSubject, KeptAlert } from './alert.ts'

const keptMax = 500

/** Whether no other application deploys into its namespace. Looks at every application: ask only when it decides. */
export async function isAlone(db: Reader, id: string, namespace: string): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT FROM catalog.application a WHERE a.id <> ${id} AND a.gone_at IS NULL
      AND a.observed #>> '{destination,namespace}' = ${namespace} LIMIT 1`
  return rows.length === 0
}

type Row = Omit<KeptAlert, 'startsAt' | 'endsAt'> & { startsAt: Date; endsAt: Date | null }

/** Sets of labels of which an alert has one whole, if it may be about this application. */
export function possibleLabels(
  of: Pick<AlertSubject, 'application' | 'project' | 'namespace'>,
  names: AlertLabels,
): Record<string, string>[] {
  const argoCd = { name: of.application, project: of.project }
  return of.namespace === null ? [argoCd] : [{ [names.namespace]: of.namespace }, argoCd]
}

/**
 * Alerts that were firing at some time between two moments: those of the delivery of this application, and those told
 * with one of these sets of labels. The newest first, 500 at most.
 */
export async function listAlerts(
  db: Reader,
  of: { application: string; labels: readonly Record<string, string>[] },
  window: { from: Instant; to: Instant },
): Promise<KeptAlert[]> {
  const told = Prisma.join(
    of.labels.map((labels) => Prisma.sql`labels @> ${JSON.stringify(labels)}::jsonb`),
    ' OR ',
  )
  const rows = await db.$queryRaw<Row[]>`
    SELECT t.source, t.fingerprint, t.starts_at AS "startsAt", t.ends_at AS "endsAt", t.labels, t.annotations,
      t.generator_url AS "generatorUrl"
    FROM (
      SELECT * FROM signals.alert WHERE application_id = ${of.application}
      UNION ALL
      SELECT * FROM signals.alert WHERE source = 'told' AND (${told})
    ) t
    WHERE t.starts_at <= ${window.to}::timestamptz AND (t.ends_at IS NULL OR t.ends_at >= ${window.from}::timestamptz)
    ORDER BY t.starts_at DESC LIMIT ${keptMax}`
  return rows.map((row) => ({
    ...row,
    startsAt: instant(row.startsAt),
    endsAt: row.endsAt && instant(row.endsAt),
  }))
}
