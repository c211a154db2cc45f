import { matchesGlob } from '#lib/platform/pattern.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import type { Grant } from './policy.ts'

/** A job of a pipeline, as the ID token says that its CI server made for it (GitLab: CI/CD ID tokens). Ids are text. */
export type PipelineJob = {
  issuer: string
  projectId: string
  projectPath: string
  pipelineId: string
  jobId: string
  /** `refs/heads/main` */
  ref: string
  sha: string
  /** The token's own id. */
  token: string
  /** Who started the job, which says nothing of who wrote what it runs. */
  user: { id: string; login: string; email: string | null }
}

/** What a pipeline may ask for; `access.pipelines` in countersign.yaml. */
export type PipelineTrust = {
  issuer: string
  projectId: string
  refs: readonly string[]
  services: readonly string[]
  projects?: string[] | undefined
  environments?: string[] | undefined
}

export type PipelineRefusal =
  | { code: 'claims-not-understood'; claim: string }
  | { code: 'merge-request-pipeline' }
  | { code: 'other-project'; project: string; runsIn: string }
  | { code: 'ref-not-protected'; ref: string }
  | { code: 'not-trusted'; project: string; ref: string }

export function explainPipeline(refusal: PipelineRefusal): string {
  switch (refusal.code) {
    case 'claims-not-understood':
      return `The token lacks the claim ${refusal.claim}, or it is not a text: this is no ID token of a CI job.`
    case 'merge-request-pipeline':
      return 'Pipelines of merge requests may ask for nothing: what they run is not merged yet.'
    case 'other-project':
      return `The token is for project ${refusal.project}, but its job runs in project ${refusal.runsIn}: a pipeline of a fork.`
    case 'ref-not-protected':
      return `${refusal.ref} is not protected: anybody who may push could have written what runs there.`
    case 'not-trusted':
      return `access.pipelines names no trust for project ${refusal.project} at ${refusal.ref}.`
  }
}

const lengthMax = 500
const textOf = (claims: Record<string, unknown>, name: string): string | undefined => {
  const value = claims[name]
  return typeof value === 'string' && value !== '' && value.length <= lengthMax && !value.includes('\0')
    ? value
    : undefined
}

const required = [
  'iss',
  'project_id',
  'project_path',
  'pipeline_id',
  'job_id',
  'ref_path',
  'sha',
  'jti',
] as const

/**
 * Reads the claims of a verified ID token of a CI job. `ref_protected` is text, in which "false" would be true; a fork's
 * merge request describes the fork in `project_*` and the project that runs it in `job_project_id`. `sub` is not
 * looked at, because projects choose what it says. Source: GitLab, "OpenID Connect (OIDC) authentication using ID tokens".
 */
export function readJob(claims: Record<string, unknown>): Result<PipelineJob, PipelineRefusal> {
  const texts = Object.fromEntries(required.map((name) => [name, textOf(claims, name)]))
  const lacking = required.find((name) => texts[name] === undefined)
  if (lacking) return refuse({ code: 'claims-not-understood', claim: lacking })
  const said = (name: (typeof required)[number]) => texts[name] ?? ''
  if (claims.pipeline_source === 'merge_request_event') return refuse({ code: 'merge-request-pipeline' })
  const runsIn = claims.job_project_id
  if (runsIn !== undefined && runsIn !== said('project_id'))
    return refuse({ code: 'other-project', project: said('project_id'), runsIn: String(runsIn).slice(0, 50) })
  if (claims.ref_protected !== 'true') return refuse({ code: 'ref-not-protected', ref: said('ref_path') })
  return ok({
    issuer: said('iss'),
    projectId: said('project_id'),
    projectPath: said('project_path'),
    pipelineId: said('pipeline_id'),
    jobId: said('job_id'),
    ref: said('ref_path'),
    sha: said('sha'),
    token: said('jti'),
    user: {
      id: textOf(claims, 'user_id') ?? '',
      login: textOf(claims, 'user_login') ?? '',
      email: textOf(claims, 'user_email')?.trim().toLowerCase() || null,
    },
  })
}

/** The first trust that names this job's project and branch or tag. */
export function trustFor(
  job: PipelineJob,
  trusts: readonly PipelineTrust[],
): Result<PipelineTrust, PipelineRefusal> {
  const found = trusts.find(
    ({ issuer, projectId, refs }) =>
      issuer === job.issuer && projectId === job.projectId && refs.some((ref) => matchesGlob(ref, job.ref)),
  )
  return found ? ok(found) : refuse({ code: 'not-trusted', project: job.projectPath, ref: job.ref })
}

/** What a trust comes to as a grant: asking and taking back, never deciding. */
export const grantOf = ({ projects, environments }: PipelineTrust): Grant => ({
  role: 'developer',
  ...(projects && { projects }),
  ...(environments && { environments }),
})

/** The account of a CI project: its jobs come and go, the project stays. */
export const pipelineSubject = ({ projectId }: Pick<PipelineJob, 'projectId'>): string =>
  `project:${projectId}`
