import { createHmac } from 'node:crypto'
import { hideSecrets, namesSecret, saysNothing } from './secret.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

/** Stands for a Secret's value that Argo CD had already hidden: whether it changed cannot be told. */
export const hiddenByArgo = '«hidden by Argo CD»'

/** Removed because they repeat what may be secret, or are bookkeeping of the API server. */
const droppedAnnotations = new Set(['kubectl.kubernetes.io/last-applied-configuration'])

/** The same paths, addresses and messages come again and again: 50,000 applications in every sweep. */
const harmlessMax = 20_000
const harmlessLengthMax = 500

export type Masker = {
  /** Running text: messages, errors, Helm values as text. */
  text(text: string): string
  /** Any structure: Application sources, Helm values objects. `context` keeps equal secrets apart. */
  tree<T>(value: T, context: string): T
  /** A Kubernetes object: Secret values, last-applied annotation, managed fields, and all of `tree`. */
  manifest(manifest: JsonObject): JsonObject
}

/**
 * Replaces secrets by `«masked 1a2b3c…»`, a keyed HMAC: equal values of one field have equal tags, so that
 * "changed" stays visible, and nobody without the key can test a guess. All processes of one installation
 * need the same key, or the same plan gets two digests.
 */
export function createMasker(key: string | Uint8Array): Masker {
  const hide = (context: string, value: string): string => {
    const tag = createHmac('sha256', key)
      .update(context)
      .update('\0')
      .update(value)
      .digest('hex')
      .slice(0, 16)
    return `«masked ${tag}»`
  }
  // Only what turned out to hold no secret is remembered, so no secret outlives its application in memory.
  const harmless = new Set<string>()
  const text = (value: string) => {
    if (harmless.has(value)) return value
    const hidden = hideSecrets(value, (part) => hide('text', part))
    if (hidden === value && value.length <= harmlessLengthMax) {
      if (harmless.size >= harmlessMax) harmless.clear()
      harmless.add(value)
    }
    return hidden
  }

  function tree(value: Json, context: string, name: string): Json {
    if (typeof value === 'string') {
      return namesSecret(name) && !saysNothing(value) ? hide(`${context}/${name}`, value) : text(value)
    }
    if (Array.isArray(value)) {
      return value.map((each, i) => {
        const before = value[i - 1]
        const flag =
          typeof before === 'string' && /^--?[\w.-]+$/.test(before) ? before.replace(/^-+/, '') : name
        return tree(each, context, flag)
      })
    }
    if (typeof value === 'number' && /pass(?:word|wd|code)|pwd|secret$/i.test(name)) {
      return hide(`${context}/${name}`, String(value))
    }
    if (value === null || typeof value !== 'object') return value
    const pairName = typeof value.name === 'string' && typeof value.value === 'string' ? value.name : null
    return Object.fromEntries(
      Object.entries(value).map(([field, each]) => {
        const isPairValue = pairName !== null && field === 'value'
        return [
          field,
          tree(each, isPairValue ? `${context}/${pairName}` : context, isPairValue ? pairName : field),
        ]
      }),
    )
  }

  function secretData(manifest: JsonObject, context: string): JsonObject {
    const values: [string, Json][] = []
    for (const [field, encoding] of [
      ['data', 'base64'],
      ['stringData', 'utf8'],
    ] as const) {
      for (const [name, value] of Object.entries(objectOr(manifest[field]))) {
        const bytes = Buffer.from(String(value ?? ''), encoding).toString('base64')
        values.push([name, /^\++$/.test(String(value)) ? hiddenByArgo : hide(`${context}/${name}`, bytes)])
      }
    }
    return Object.fromEntries(values)
  }

  return {
    text,
    tree: <T>(value: T, context: string) => tree(value as Json, context, '') as T,
    manifest(manifest) {
      const metadata = objectOr(manifest.metadata)
      const context = `${manifest.kind}/${metadata.name}`
      const { data, stringData, ...rest } = manifest
      const isSecret = manifest.kind === 'Secret' && String(manifest.apiVersion ?? 'v1') === 'v1'
      const masked = tree(isSecret ? rest : manifest, context, '') as JsonObject
      if (isSecret && (data || stringData)) masked.data = secretData(manifest, context)
      if (manifest.metadata === undefined) return masked
      const { managedFields, ...kept } = objectOr(masked.metadata)
      const annotations = Object.entries(objectOr(kept.annotations)).filter(
        ([name]) => !droppedAnnotations.has(name),
      )
      if (annotations.length > 0) kept.annotations = Object.fromEntries(annotations)
      else delete kept.annotations
      return { ...masked, metadata: kept }
    },
  }
}

function objectOr(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
}
