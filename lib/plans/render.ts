import 'server-only'
import type { ArgoFailure, ArgoResult } from '#lib/argocd/answer.ts'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { ApplicationRef, ArgoClient } from '#lib/argocd/client.ts'
import { manifestDigest } from '#lib/manifests/digest.ts'
import type { JsonObject } from '#lib/manifests/mask.ts'
import type { Plan } from './plan.ts'

export type Rendered = { plan: Plan; manifests: JsonObject[] }

/** Images of every container in the manifests, sorted, each once. */
export function imagesIn(manifests: readonly unknown[]): string[] {
  const found = new Set<string>()
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk)
    else if (value !== null && typeof value === 'object')
      for (const [name, each] of Object.entries(value)) {
        if (name === 'image' && typeof each === 'string') found.add(each)
        else walk(each)
      }
  }
  manifests.forEach(walk)
  return [...found].sort()
}

/**
 * The plan of exactly these revisions, rendered by Argo CD: twice when it is made (the second time anew, to see
 * whether it is the same), once when it is checked before dispatch. Secrets are masked before anything is hashed.
 */
export async function renderPlan(
  client: ArgoClient,
  app: ObservedApplication,
  given: {
    revisions: string[]
    policyDigest: string
    instance: string
    twice: boolean
    rollback?: Plan['rollback']
  },
): Promise<ArgoResult<Rendered>> {
  const ref: ApplicationRef = { ...app.key, project: app.project }
  if (app.uid === null) return cannot('the application has no uid')
  if (given.revisions.length === 0 || given.revisions.length !== app.sources.length)
    return cannot(`${given.revisions.length} resolved revisions for ${app.sources.length} sources`)
  const first = await client.manifests(ref, given.revisions, { multiSource: app.multiSource })
  if (!first.ok) return first
  const second = given.twice
    ? await client.manifests(ref, given.revisions, { multiSource: app.multiSource, noCache: true })
    : first
  if (!second.ok) return second
  const digest = manifestDigest(first.value)
  const plan: Plan = {
    v: 1,
    instance: given.instance,
    namespace: app.key.namespace,
    name: app.key.name,
    uid: app.uid,
    project: app.project,
    destination: app.destination,
    sources: app.sources.map((source) => ({ ...source, targetRevision: source.targetRevision ?? 'HEAD' })),
    multiSource: app.multiSource,
    revisions: given.revisions,
    manifests: { digest, count: first.value.length, stable: digest === manifestDigest(second.value) },
    images: imagesIn(first.value),
    syncOptions: app.syncOptions,
    prune: false,
    strategy: 'hook',
    policyDigest: given.policyDigest,
    previous: { revisions: app.deployed?.revisions ?? [], historyId: app.history.at(-1)?.id ?? null },
    ...(given.rollback && { rollback: given.rollback }),
  }
  return { ok: true, value: { plan, manifests: first.value } }
}

function cannot(message: string): ArgoFailure {
  return { ok: false, kind: 'not-understood', message }
}
