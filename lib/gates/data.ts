import 'server-only'
import type { PipelineJob } from '#lib/access/pipeline.ts'
import type { ReadScope } from '#lib/access/policy.ts'
import { getPlan } from '#lib/plans/data.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { GateCandidate, GateInput } from './gate.ts'

/** A pipeline's job as the log keeps it: without the name of who started it. */
export const jobEntry = ({
  issuer,
  projectId,
  projectPath,
  pipelineId,
  jobId,
  ref,
  sha,
  token,
  user,
}: PipelineJob) => ({
  ...{ issuer, project: projectId, path: projectPath, pipeline: pipelineId },
  ...{ job: jobId, ref, sha, token, user: user.id },
})

/** The release that this job has asked for already with this token. */
export async function releaseOfJob(
  tx: Tx,
  { issuer, jobId, token }: PipelineJob,
): Promise<string | undefined> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    SELECT release_id AS id FROM rel.pipeline_job WHERE issuer = ${issuer} AND job_id = ${jobId} AND token = ${token}`
  return row?.id
}

/** Keeps which job asked for a release. Who started it is frozen among those who may not approve (rel.freeze_runner). */
export async function saveJob(tx: Tx, release: string, job: PipelineJob): Promise<void> {
  const { issuer, projectId, projectPath, pipelineId, jobId, ref, sha, token, user } = job
  await tx.$executeRaw`
    INSERT INTO rel.pipeline_job (release_id, issuer, project_id, project_path, pipeline_id, job_id, ref, sha, token,
                                  user_id, user_login, user_email)
    VALUES (${release}, ${issuer}, ${projectId}, ${projectPath}, ${pipelineId}, ${jobId}, ${ref}, ${sha}, ${token},
            ${user.id}, ${user.login}, ${user.email})`
}

/** Protected applications of this service and environment that somebody may read, with the plan that waits in each. */
export async function gateCandidates(
  db: Db,
  scope: ReadScope,
  { service, environment }: Pick<GateInput, 'service' | 'environment'>,
): Promise<GateCandidate[]> {
  if (scope === 'none') return []
  const rows = await db.application.findMany({
    where: {
      ...{ service, environment, protected: true, goneAt: null },
      ...(scope === 'all' ? {} : { project: { in: scope.projects } }),
    },
    select: { id: true, instanceName: true, target: true, planDigest: true },
    orderBy: { id: 'asc' },
    take: gateCandidatesMax,
  })
  const found: GateCandidate[] = []
  for (const { id, instanceName: instance, target, planDigest: digest } of rows) {
    const stored = digest === null ? null : await getPlan(db, digest)
    const plan = stored && digest && { digest, revisions: stored.plan.revisions, images: stored.plan.images }
    found.push({ application: id, instance, target, plan: plan || null })
  }
  return found
}

/** Regions and tenants of one service; more than that are asked for by `instance`. */
const gateCandidatesMax = 50
