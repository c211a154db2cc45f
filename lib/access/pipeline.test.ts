import { describe, expect, it } from 'vitest'
import { explainPipeline, type PipelineTrust, readJob, trustFor } from './pipeline.ts'

const claims = {
  iss: 'https://gitlab.acme.example',
  sub: 'anything:the:project:likes',
  project_id: '42',
  project_path: 'shop/checkout',
  pipeline_id: '1001',
  pipeline_source: 'push',
  job_id: '5005',
  ref: 'main',
  ref_path: 'refs/heads/main',
  ref_protected: 'true',
  sha: '3f9ac21b00000000000000000000000000000000',
  jti: 'c0ffee',
  user_id: '7',
  user_login: 'mei',
  user_email: ' Mei.Lin@acme.example ',
}
const trust: PipelineTrust = {
  issuer: claims.iss,
  projectId: '42',
  refs: ['refs/heads/main', 'refs/tags/v*'],
  services: ['checkout'],
}

it('reads what the CI server says of a job', () => {
  expect(readJob(claims)).toEqual({
    ok: true,
    value: {
      issuer: claims.iss,
      projectId: '42',
      projectPath: 'shop/checkout',
      pipelineId: '1001',
      jobId: '5005',
      ref: 'refs/heads/main',
      sha: claims.sha,
      token: 'c0ffee',
      user: { id: '7', login: 'mei', email: 'mei.lin@acme.example' },
    },
  })
  expect(readJob({ ...claims, job_project_id: '42' }).ok).toBe(true)
})

describe('refuses', () => {
  it.each([
    ['a merge request', { pipeline_source: 'merge_request_event' }, 'merge-request-pipeline'],
    ['a fork', { job_project_id: '7' }, 'other-project'],
    ['a fork whose number is one', { job_project_id: 42 }, 'other-project'],
    ['the text "false"', { ref_protected: 'false' }, 'ref-not-protected'],
    ['true as no text', { ref_protected: true }, 'ref-not-protected'],
    ['no word of protection', { ref_protected: undefined }, 'ref-not-protected'],
    ['a number for an id', { project_id: 42 }, 'claims-not-understood'],
    ['no token id', { jti: undefined }, 'claims-not-understood'],
    ['an empty job', { job_id: '' }, 'claims-not-understood'],
    ['a NUL', { sha: 'a\0b' }, 'claims-not-understood'],
    ['an endless path', { project_path: 'a'.repeat(501) }, 'claims-not-understood'],
  ])('%s', (_name, changed, code) => {
    const answer = readJob({ ...claims, ...changed })
    expect(answer).toMatchObject({ ok: false, refusal: { code } })
    if (!answer.ok) expect(explainPipeline(answer.refusal)).toMatch(/\.$/)
  })
})

it.each([
  ['the branch', {}, true],
  ['a tag of the pattern', { ref: 'refs/tags/v1.2.3' }, true],
  ['a branch named like the tag', { ref: 'refs/heads/v1.2.3' }, false],
  ['a branch that begins alike', { ref: 'refs/heads/main-2' }, false],
  ['another project', { projectId: '421' }, false],
  ['another issuer', { issuer: 'https://gitlab.acme.example.org' }, false],
])('trusts %s: %j %s', (_name, changed, trusted) => {
  const job = readJob(claims)
  if (!job.ok) throw new Error('not read')
  expect(trustFor({ ...job.value, ...changed }, [trust]).ok).toBe(trusted)
})
