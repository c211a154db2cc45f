import { decodeJson } from '#lib/argocd/answer.ts'
import { observe } from '#lib/argocd/application.ts'
import { createMasker } from '#lib/manifests/mask.ts'
import { rowOf } from './application-row.ts'
import type { SeenRow } from './commands.ts'
import { catalog } from './testing-truth.ts'

const masker = createMasker('k')

/** The parts of an Application that a test is about. */
export type Told = {
  version?: number
  uid?: string
  born?: number
  project?: string
  health?: string
  history?: number[]
  message?: string
  path?: string
  service?: string
  environment?: string
  operation?: Record<string, unknown>
}
export const time = (minute: number) => `2026-06-03T14:${String(minute).padStart(2, '0')}:00Z`
export const sha = (n: number) => `${n}`.padStart(40, '0')

/** Through the door by which everything comes in. */
function decoded(raw: unknown): unknown {
  const answer = decodeJson(Buffer.from(JSON.stringify(raw)))
  return answer.ok ? answer.value : null
}

/** What the catalog stores of an application that Argo CD tells about in this way; revision n is forty digits. */
export function rowFor(instance: string, name: string, told: Told = {}): SeenRow {
  const { version = 1, uid = 'u1', born = 0, project = 'shop', health = 'Healthy', history = [0] } = told
  const path = told.path ?? name
  const source = { repoURL: 'https://git.example/x.git', path, targetRevision: 'main' }
  const seen = observe(
    decoded({
      metadata: {
        ...{
          name,
          namespace: 'argocd',
          uid,
          resourceVersion: String(version),
          creationTimestamp: time(born),
        },
        labels: {
          'acme.example/service': told.service ?? 'checkout',
          'acme.example/env': told.environment ?? 'prod',
        },
      },
      spec: { project, source, destination: { server: 'https://k8s', namespace: 'shop' } },
      status: {
        sync: { status: 'Synced', revision: sha(1) },
        health: { status: health, message: told.message },
        operationState: told.operation,
        history: history.map((id) => ({
          ...{ id, revision: sha(id), source, initiatedBy: { username: 'jonas' } },
          ...{ deployStartedAt: time(id), deployedAt: time(id) },
        })),
      },
    }),
    masker,
  )
  if (!seen.ok) throw new Error(seen.problem)
  return rowOf(instance, seen.application, catalog, {})
}
