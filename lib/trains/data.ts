import 'server-only'
import { can, type ReadScope, type Viewer } from '#lib/access/policy.ts'
import { inScope } from '#lib/catalog/rollup.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { ReleaseState } from '#lib/releases/release.ts'
import type { Car } from './train.ts'

export type TrainCar = Car & {
  application: string
  plan: string
  where: { project: string; environment: string }
  /** Why the train goes on although it did not end well, and by whom. */
  resumed: { by: string; reason: string; at: string } | null
}

export type TrainRow = {
  id: string
  digest: string
  reason: string
  parallel: number
  requester: { person: string; name: string }
  at: Instant
  cars: TrainCar[]
}

type StoredCar = Omit<TrainCar, 'where' | 'passed'> & {
  project: string
  environment: string
  state: ReleaseState
}

/** A train with its members by stage, or null when there is none of which somebody may read every member. */
export async function getTrain(db: Db | Tx, viewer: Viewer, id: string): Promise<TrainRow | null> {
  const [row] = await db.$queryRaw<
    (Omit<TrainRow, 'requester' | 'at' | 'cars'> & { at: Date; person: string; name: string })[]
  >`
    SELECT t.id, t.digest, t.reason, t.parallel, t.created_at AS at, t.requester_person AS person,
      coalesce(d.name, t.requester_person) AS name
    FROM rel.train t LEFT JOIN access.person_detail d ON d.person_id = t.requester_person WHERE t.id = ${id}`
  if (!row) return null
  const cars = await db.$queryRaw<StoredCar[]>`
    SELECT m.release_id AS release, a.name, m.stage, r.state, r.application_id AS application, r.plan_digest AS plan, a.project,
      coalesce(a.environment, '') AS environment,
      CASE WHEN p.release_id IS NOT NULL THEN jsonb_build_object('by', coalesce(d.name, p.person_id), 'reason', p.reason,
        'at', p.created_at) END AS resumed
    FROM rel.train_member m JOIN rel.release r ON r.id = m.release_id JOIN catalog.application a ON a.id = r.application_id
      LEFT JOIN rel.train_resumption p ON p.release_id = m.release_id
      LEFT JOIN access.person_detail d ON d.person_id = p.person_id
    WHERE m.train_id = ${id} ORDER BY m.stage, a.name, m.release_id`
  if (!cars.every(({ project }) => can(viewer, 'read', { project }))) return null
  const { person, name, at, ...rest } = row
  return {
    ...rest,
    requester: { person, name },
    at: instant(at),
    cars: cars.map(({ project, environment, resumed, ...car }) => ({
      ...car,
      passed: resumed !== null,
      where: { project, environment },
      resumed: resumed && { ...resumed, at: instant(resumed.at) },
    })),
  }
}

/** The train that a release is a member of. */
export async function trainOf(db: Db | Tx, release: string): Promise<{ id: string; stage: number } | null> {
  const [row] = await db.$queryRaw<{ id: string; stage: number }[]>`
    SELECT train_id AS id, stage FROM rel.train_member WHERE release_id = ${release}`
  return row ?? null
}

/** An application that a train could take along, with the plan that waits in it. */
export type TrainCandidate = {
  application: string
  name: string
  service: string
  environment: string
  target: string | null
  plan: string
  version: { from: string | null; to: string | null }
}

/** Applications within what somebody may read whose plan nobody has asked for yet, by name, at most `limit`. */
export async function listCandidates(
  db: Db,
  scope: ReadScope,
  words: string,
  limit: number,
): Promise<(TrainCandidate & { project: string })[]> {
  if (scope === 'none') return []
  return db.$queryRaw`
    SELECT a.id AS application, a.name, coalesce(a.service, a.name) AS service, coalesce(a.environment, '') AS environment,
      a.target, a.plan_digest AS plan, a.project,
      convert_from(p.document, 'UTF8')::jsonb -> 'version' AS version
    FROM catalog.application a JOIN rel.plan p ON p.digest = a.plan_digest
    WHERE a.protected AND a.gone_at IS NULL AND ${inScope(scope)} AND a.name ILIKE ${`%${words.replace(/[\\%_]/g, '\\$&')}%`}
      AND NOT EXISTS (SELECT FROM rel.release r WHERE r.application_id = a.id AND r.finished_at IS NULL)
    ORDER BY a.name, a.id LIMIT ${limit}`
}
