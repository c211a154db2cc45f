import 'server-only'
import { can, readScope } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { getPlan, readEvidence, withEvidence } from '#lib/plans/data.ts'
import type { ApplicationView } from '#lib/plans/loaders.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import type { ReleaseView } from '#lib/releases/loaders.ts'
import { getEmergency, listEmergencies, listEmergenciesFor, unsettledOf } from './data.ts'
import {
  checksUnderBreakGlass,
  type Emergency,
  type EmergencyState,
  explainBreakGlass,
  explainRetrospective,
  mayBreakGlass,
  maySettle,
  standingOf,
} from './emergency.ts'
import { type EmergencyQuery, emergencyQuerySchema } from './schema.ts'

export type EmergencyRow = Emergency & { standing: EmergencyState }

const rowOf =
  (now: Instant) =>
  (emergency: Emergency): EmergencyRow => ({
    ...emergency,
    standing: standingOf(emergency, now),
  })

export type EmergenciesView = { query: EmergencyQuery; emergencies: EmergencyRow[]; next?: string }

/** One page of the register, within what the viewer may read. */
export async function loadEmergencies(
  search: Record<string, string | string[] | undefined>,
): Promise<EmergenciesView> {
  const scope = readScope(await requireViewer())
  const values = Object.fromEntries(Object.entries(search).map(([key, value]) => [key, [value].flat()[0]]))
  const query = emergencyQuerySchema.parse(values)
  const { emergencies, ...page } = await listEmergencies(getDb(), scope, query, query)
  return { query, emergencies: emergencies.map(rowOf(clock.now())), ...page }
}

const ribbonMax = 3

/** Those that wait for approval afterwards and that the viewer may read, for every page; at most three. */
export async function loadEmergenciesNow(): Promise<{ emergencies: EmergencyRow[]; more: boolean }> {
  const scope = readScope(await requireViewer())
  const { emergencies, next } = await listEmergencies(getDb(), scope, { waiting: true }, { limit: ribbonMax })
  return { emergencies: emergencies.map(rowOf(clock.now())), more: next !== undefined }
}

/** Those that wait for this viewer. */
export async function loadEmergenciesForMe(): Promise<EmergencyRow[]> {
  return (await listEmergenciesFor(getDb(), await requireViewer())).map(rowOf(clock.now()))
}

export type EmergencyView = {
  emergency: EmergencyRow
  /** Why the viewer cannot approve it afterwards, and why not object; undefined when they can. */
  approval: string | undefined
  objection: string | undefined
}

/** What its page says of a break-glass release; null for every other. */
export async function loadEmergencyOf({ release }: ReleaseView): Promise<EmergencyView | null> {
  const viewer = await requireViewer()
  const emergency = await getEmergency(getDb(), readScope(viewer), release.id)
  if (!emergency) return null
  const why = (kind: 'approve' | 'object') => {
    const may = maySettle(emergency, release, viewer, kind)
    return may.ok ? undefined : explainRetrospective(may.refusal)
  }
  return { emergency: rowOf(clock.now())(emergency), approval: why('approve'), objection: why('object') }
}

export type BreakGlassView = { refusal: string | undefined; approvedWithinMs: number }

/** Whether the viewer may break the glass of an application; null for those who have no such right there. */
export async function loadBreakGlass({
  application,
  plan,
  request,
}: ApplicationView): Promise<BreakGlassView | null> {
  const viewer = await requireViewer()
  const { project, environment } = application
  if (!application.protected || !environment) return null
  if (!can(viewer, 'release:break-glass', { project, environment })) return null
  const [db, config, now] = [getDb(), getConfig(), clock.now()]
  const row = await db.application.findUniqueOrThrow({ where: { id: application.id } })
  const environments = config.catalog.environments.map(({ name }) => name)
  const evidence = await readEvidence(db, row, environments, now)
  const stored = plan && (await getPlan(db, plan.digest))
  const may = mayBreakGlass(
    {
      ...application,
      planDigest: plan?.digest ?? null,
      seen: plan?.digest ?? null,
      checks: stored && withEvidence(stored, evidence, checksUnderBreakGlass, now).document.checks,
      // Told by the command: a button need not know.
      authors: null,
      openRelease: request.openRelease,
      unsettled: await unsettledOf(db, viewer.personId),
    },
    viewer,
  )
  const { approvedWithinMs } = config.breakGlass
  return { refusal: may.ok ? undefined : explainBreakGlass(may.refusal), approvedWithinMs }
}
