import { ok, type Result, refuse } from './result.ts'

/** `{from:key}` or `{from}` in a template, e.g. `{label:acme.example/service}` or `{project}`. */
export type Reference = { from: string; key?: string }

export type Template = readonly (string | Reference)[]

/** Splits `'{name:service}-{project}'` into literal texts and references. Refuses with a sentence part. */
export function parseTemplate(source: string): Result<Template, string> {
  const parts: (string | Reference)[] = []
  let rest = source
  while (rest !== '') {
    const literal = rest.match(/^[^{}]+/)?.[0]
    const reference = rest.match(/^\{([A-Za-z]+)(?::([^{}]+))?\}/)
    if (literal !== undefined) parts.push(literal)
    else if (reference?.[1])
      parts.push(reference[2] ? { from: reference[1], key: reference[2] } : { from: reference[1] })
    else return refuse('a text in which every { opens a reference such as {label:team} or {project}')
    rest = rest.slice((literal ?? reference?.[0] ?? '').length)
  }
  return ok(parts)
}

export type Filled = { ok: true; value: string } | { ok: false; missing: Reference }

/** Puts values in; the first reference that `find` does not know is reported instead of becoming ''. */
export function fillTemplate(template: Template, find: (reference: Reference) => string | undefined): Filled {
  let value = ''
  for (const part of template) {
    const found = typeof part === 'string' ? part : find(part)
    if (!found) return { ok: false, missing: part as Reference }
    value += found
  }
  return { ok: true, value }
}
