import { type ManagedObject, parseManifest } from '#lib/manifests/manifest.ts'
import type { JsonObject, Masker } from '#lib/manifests/mask.ts'
import type { ManagedResource } from './schema.ts'

export type Managed = { ok: true; value: ManagedObject } | { ok: false; problem: string }

/** Live state is the normalized one: what Argo CD itself compares, ignored differences removed. */
export function managedObject(raw: ManagedResource, masker: Masker): Managed {
  const texts = [raw.targetState, raw.normalizedLiveState ?? raw.liveState, raw.predictedLiveState]
  const states = texts.map(stateOf)
  const broken = states.find((state) => state !== null && !state.ok)
  if (broken && !broken.ok) return { ok: false, problem: `${raw.kind} ${raw.name}: ${broken.problem}` }
  const applied = states[1]?.ok ? appliedTo(states[1].manifest) : null
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
      applied: applied ? masker.manifest(applied) : null,
      predicted: predicted ?? null,
      modified: raw.modified === true,
      hook: raw.hook === true,
    },
  }
}

function stateOf(text: string | null) {
  return text === null || text === '' || text === 'null' ? null : parseManifest(text)
}

/** Read before masking drops the annotation: it tells fields set from Git from defaults of the API server. */
function appliedTo(live: JsonObject): JsonObject | null {
  const annotations = (live.metadata as JsonObject).annotations as JsonObject | undefined
  const text = annotations?.['kubectl.kubernetes.io/last-applied-configuration']
  const parsed = typeof text === 'string' ? parseManifest(text) : null
  return parsed?.ok ? parsed.manifest : null
}
