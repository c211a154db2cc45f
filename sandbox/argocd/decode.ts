import { GrpcError } from './http.ts'

/** What a Go struct field takes; `struct` and `list` name the Go type for the error text. */
export type GoType =
  | { is: 'string' | 'bool' | 'int64' | 'float64' }
  | { is: 'struct'; name: string; fields: GoStruct }
  | { is: 'list'; name: string; of: GoType }

export type GoStruct = Record<string, GoType>

const text: GoType = { is: 'string' }
const flag: GoType = { is: 'bool' }
const whole: GoType = { is: 'int64' }
const list = (name: string, of: GoType): GoType => ({ is: 'list', name, of })
const struct = (name: string, fields: GoStruct): GoType => ({
  is: 'struct',
  name: `v1alpha1.${name}`,
  fields,
})

const resource = struct('SyncOperationResource', { group: text, kind: text, name: text, namespace: text })
const info = struct('Info', { name: text, value: text })
const backoff = struct('Backoff', { duration: text, factor: whole, maxDuration: text })

export const syncRequest: GoStruct = {
  name: text,
  revision: text,
  dryRun: flag,
  prune: flag,
  strategy: struct('SyncStrategy', {
    apply: struct('SyncStrategyApply', { force: flag }),
    hook: struct('SyncStrategyHook', { force: flag }),
  }),
  resources: list('[]*v1alpha1.SyncOperationResource', resource),
  manifests: list('[]string', text),
  infos: list('[]*v1alpha1.Info', info),
  retryStrategy: struct('RetryStrategy', { limit: whole, backoff, refresh: flag }),
  syncOptions: { is: 'struct', name: 'application.SyncOptions', fields: { items: list('[]string', text) } },
  appNamespace: text,
  project: text,
  sourcePositions: list('[]int64', whole),
  revisions: list('[]string', text),
}

export const rollbackRequest: GoStruct = {
  name: text,
  id: whole,
  dryRun: flag,
  prune: flag,
  appNamespace: text,
  project: text,
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

function decodeValue(value: unknown, type: GoType, root: string, path: string): unknown {
  if (value === null) return undefined
  const wrong = (given = kindOf(value)) => {
    const name = 'name' in type ? type.name : type.is
    return new GrpcError(
      3,
      `json: cannot unmarshal ${given} into Go struct field ${root}.${path} of type ${name}`,
    )
  }
  if (type.is === 'list') {
    if (!Array.isArray(value)) throw wrong()
    return value.map((item) => decodeValue(item, type.of, root, path))
  }
  if (type.is === 'struct') {
    if (typeof value !== 'object' || Array.isArray(value)) throw wrong()
    return decodeFields(value, type.fields, root, `${path}.`)
  }
  if (type.is === 'string' && typeof value === 'string') return value
  if (type.is === 'bool' && typeof value === 'boolean') return value
  if (typeof value !== 'number' || type.is === 'string' || type.is === 'bool') throw wrong()
  if (type.is === 'int64' && !Number.isInteger(value)) throw wrong(`number ${value}`)
  return value
}

function decodeFields(
  value: object,
  fields: GoStruct,
  root: string,
  prefix: string,
): Record<string, unknown> {
  const decoded: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    // Go takes a key in any case, and ignores one it does not know: a typo is no error.
    const known = Object.keys(fields).find((field) => field.toLowerCase() === key.toLowerCase())
    const type = known === undefined ? undefined : fields[known]
    if (known === undefined || !type) continue
    decoded[known] = decodeValue(inner, type, root, `${prefix}${known}`)
  }
  return decoded
}

/** A body as Go's decoder reads it into a struct: an empty one is an empty struct. */
export function decode(body: string, fields: GoStruct, root: string): Record<string, unknown> {
  if (body.trim() === '') return {}
  const value = parse(body)
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw new GrpcError(
      3,
      `json: cannot unmarshal ${kindOf(value)} into Go value of type application.${root}`,
    )
  return decodeFields(value, fields, root, '')
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? 0)
    const cutOff = /end of JSON input|Unterminated/i.test(message) || at >= body.trimEnd().length
    if (cutOff) throw new GrpcError(3, 'unexpected EOF')
    const found = /Unexpected token '(.)'/u.exec(message)?.[1] ?? body.charAt(at)
    throw new GrpcError(3, `invalid character '${found}' looking for beginning of value`)
  }
}
