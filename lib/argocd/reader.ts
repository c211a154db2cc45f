import type { z } from 'zod'
import { memo } from '#lib/platform/memo.ts'

/** What a reader answers when the schema itself has to look and to say what is wrong. */
export const unfit = Symbol('unfit')
type Reader = (value: unknown) => unknown
type Node = z.core.$ZodTypes

/**
 * The same as `schema.parse` of what it accepts, `unfit` for everything else, several times faster: zod makes a payload and
 * a list of issues for every field, and a sweep reads some hundred fields of each of 50,000 applications. Built from the
 * schema, so that there is one definition; a kind of schema that is not known here is left to zod.
 */
export function readerOf<S extends z.ZodType>(schema: S): (value: unknown) => z.output<S> | typeof unfit {
  return build(schema as unknown as Node) as (value: unknown) => z.output<S> | typeof unfit
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const nodeOf = (schema: unknown) => schema as Node

function build(schema: Node): Reader {
  const { def } = schema._zod
  if ('checks' in def && (def.checks?.length ?? 0) > 0 && def.type !== 'string') return slowly(schema)
  switch (def.type) {
    case 'string':
      return text(schema)
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : unfit)
    case 'number':
      return (value) => (Number.isFinite(value) ? value : unfit)
    case 'unknown':
      return (value) => value
    case 'optional': {
      const inner = build(nodeOf(def.innerType))
      return (value) => (value === undefined ? undefined : inner(value))
    }
    case 'nullable': {
      const inner = build(nodeOf(def.innerType))
      return (value) => (value === null ? null : inner(value))
    }
    case 'pipe': {
      const inner = build(nodeOf(def.in))
      const out = nodeOf(def.out)._zod.def
      if (out.type !== 'transform') return slowly(schema)
      const change = out.transform as (value: unknown) => unknown
      return (value) => {
        const read = inner(value)
        return read === unfit ? unfit : change(read)
      }
    }
    case 'array':
      return list(build(nodeOf(def.element)))
    case 'record': {
      const key = nodeOf(def.keyType)._zod.def
      return key.type === 'string' && !key.checks?.length && !('format' in key)
        ? record(build(nodeOf(def.valueType)))
        : slowly(schema)
    }
    case 'object': {
      const rest = def.catchall && nodeOf(def.catchall)._zod.def.type
      return rest === undefined || rest === 'unknown'
        ? object(def.shape as unknown as Record<string, Node>, rest === 'unknown')
        : slowly(schema)
    }
    default:
      return slowly(schema)
  }
}

function slowly(schema: Node): Reader {
  return (value) => {
    const parsed = (schema as unknown as z.ZodType).safeParse(value)
    return parsed.success ? parsed.data : unfit
  }
}

/** Plain texts are taken as they are; one with rules (a moment, a length) is asked once and remembered. */
function text(schema: Node): Reader {
  const { def } = schema._zod
  if (!('format' in def) && !def.checks?.length) return (value) => (typeof value === 'string' ? value : unfit)
  const slow = slowly(schema)
  const known = memo(10_000, 64, slow)
  return (value) => (typeof value === 'string' ? known(value) : unfit)
}

function list(each: Reader): Reader {
  return (value) => {
    if (!Array.isArray(value)) return unfit
    const out: unknown[] = []
    for (const one of value) {
      const read = each(one)
      if (read === unfit) return unfit
      out.push(read)
    }
    return out
  }
}

function record(each: Reader): Reader {
  return (value) => {
    if (!isObject(value)) return unfit
    const out: Record<string, unknown> = {}
    for (const name of Object.keys(value)) {
      if (name === '__proto__') return unfit
      const read = each(value[name])
      if (read === unfit) return unfit
      out[name] = read
    }
    return out
  }
}

function object(shape: Record<string, Node>, loose: boolean): Reader {
  const fields = Object.entries(shape).map(([name, schema]): [string, Reader] => [name, build(schema)])
  const named = new Set(Object.keys(shape))
  return (value) => {
    if (!isObject(value)) return unfit
    const out: Record<string, unknown> = {}
    for (const [name, reader] of fields) {
      const read = reader(value[name])
      if (read === unfit) return unfit
      if (read !== undefined || name in value) out[name] = read
    }
    if (loose)
      for (const name of Object.keys(value)) {
        if (name === '__proto__') return unfit
        if (!named.has(name)) out[name] = value[name]
      }
    return out
  }
}
