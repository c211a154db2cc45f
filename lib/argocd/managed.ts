import { parseManifest } from '#lib/manifests/manifest.ts'
import type { JsonObject, Masker } from '#lib/manifests/mask.ts'
import type { ManagedResource } from './schema.ts'

/** One object of an application as Argo CD's last comparison saw it, masked; null where there is none. */
export type ManagedObject = {
  group: string
  kind: string
  namespace: string
  name: string
  target: JsonObject | null
  live: JsonObject | null
  predicted: JsonObject | null
  modified: boolean
  hook: boolean
}

export type Managed = { ok: true; value: ManagedObject } | { ok: false; problem: string }

/** Live state is the normalized one: what Argo CD itself compares, ignored differences removed. */
export function managedObject(raw: ManagedResource, masker: Masker): Managed {
  const states = [raw.targetState, raw.normalizedLiveState ?? raw.liveState, raw.predictedLiveState].map(
    stateOf,
  )
  const broken = states.find((state) => state !== null && !state.ok)
  if (broken && !broken.ok) return { ok: false, problem: `${raw.kind} ${raw.name}: ${broken.problem}` }
  const [target, live, predicted] = states.map((state) =>
    state?.ok ? masker.manifest(state.manifest) : null,
  )
  return {
    ok: true,
    value: {
      group: raw.group ?? '',
      kind: raw.kind,
      namespace: raw.namespace ?? '',
      name: raw.name,
      target: target ?? null,
      live: live ?? null,
      predicted: predicted ?? null,
      modified: raw.modified === true,
      hook: raw.hook === true,
    },
  }
}

function stateOf(text: string | null) {
  return text === null || text === '' || text === 'null' ? null : parseManifest(text)
}
