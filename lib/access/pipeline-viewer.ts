import 'server-only'
import { decodeJwt } from 'jose'
import type { Config } from '#lib/platform/config.ts'
import { perProcess } from '#lib/platform/context.ts'
import { ensurePipeline } from './commands.ts'
import { explainPipeline, grantOf, readJob, trustFor } from './pipeline.ts'
import { createTokenVerifier, type TokenVerifier } from './pipeline-token.ts'
import type { Viewer } from './policy.ts'
import { turnAway } from './problem.ts'
import type { AccessContext } from './viewer.ts'

export type PipelineIssuers = Config['access']['pipelines']

const keptVerifier = () => perProcess('token-verifier', createTokenVerifier)
/** Longer than any ID token of a CI job, short enough to read for nothing. */
const lengthMax = 16_384

const refused = (why: string) => turnAway(401, 'token-refused', `The token was not accepted: ${why}`)

/** Which of the configured issuers the token says it is from. Believed only once the signature was checked by its keys. */
function issuerOf(token: string, pipelines: PipelineIssuers): PipelineIssuers[number] {
  if (token === '' || token.length > lengthMax) throw refused('it is no JSON Web Token.')
  let issuer: string | undefined
  try {
    issuer = decodeJwt(token).iss
  } catch {
    throw refused('it is no JSON Web Token.')
  }
  const found = pipelines.find((each) => each.issuer === issuer)
  if (!found) throw refused('access.pipelines does not name its issuer.')
  return found
}

/**
 * The pipeline that a bearer token speaks for, with what it may ask for. It is no person: it has no session, is in no
 * group, and decides nothing. Turns away what cannot be verified (401, or 503 while the issuer does not answer) and what
 * is not trusted (403), with the reason.
 */
export async function findPipeline(
  { db, config }: AccessContext,
  token: string,
  verifier: TokenVerifier = keptVerifier(),
): Promise<Viewer> {
  const from = issuerOf(token, config.access.pipelines ?? [])
  const { issuer, audience = config.url, discovery: url = issuer } = from
  const verified = await verifier.verify(token, { issuer, audience, url })
  if (!verified.ok && verified.refusal.code === 'token-refused') throw refused(`${verified.refusal.why}.`)
  if (!verified.ok) {
    const detail = `${issuer} cannot be asked for its keys (${verified.refusal.why}), so the token cannot be checked. Try again.`
    throw turnAway(503, 'issuer-unreachable', detail, { headers: { 'Retry-After': '10' } })
  }
  const job = readJob(verified.value)
  if (!job.ok) throw turnAway(403, job.refusal.code, explainPipeline(job.refusal))
  const trusts = from.trust.map((each) => ({ ...each, issuer }))
  const trust = trustFor(job.value, trusts)
  if (!trust.ok) throw turnAway(403, trust.refusal.code, explainPipeline(trust.refusal))
  const account = await ensurePipeline(db, job.value)
  if (!account.enabled || account.kind !== 'service')
    throw turnAway(403, 'disabled', 'The account of this pipeline was switched off.')
  return {
    accountId: account.accountId,
    personId: account.personId,
    name: job.value.projectPath,
    initials: 'CI',
    groups: [],
    grants: [grantOf(trust.value)],
    service: true,
    enabled: true,
    pipeline: { job: job.value, services: trust.value.services },
  }
}
