import { hash } from 'node:crypto'
import type { ApplicationKey } from './application.ts'

/** What can be seen of an Application's text without parsing it. */
export type Outline = {
  key: ApplicationKey
  uid: string
  resourceVersion: string
  /** Of everything but health and what reconciling alone changes. */
  digest: string
  /** `status.health` as it stands there; '' where it was not found, and then `digest` covers it. */
  health: string
}

/** As Kubernetes writes the metadata of every object: always in this order. */
const head =
  /^\s*\{"metadata":\{"name":"([a-z0-9][a-z0-9.-]{0,252})","namespace":"([a-z0-9][a-z0-9.-]{0,252})","uid":"([\w-]{1,100})","resourceVersion":"(\d{1,15})",(?:"generation":\d{1,15},)?/
const managed = ',"managedFields":['
const spec = ']},"spec":{'
const reconciled = '"reconciledAt":"'
const [quote, backslash, openBrace, closeBrace] = [0x22, 0x5c, 0x7b, 0x7d]
const momentLength = '2026-11-23T09:16:03Z'.length

/**
 * The text without `managedFields`, often half of it and never read. Quotes inside texts are escaped, so what looks like
 * the name of a field is one. Left as it is when it does not stand where Kubernetes puts it.
 */
export function lean(text: string): string {
  const from = text.indexOf(managed)
  const to = from < 0 ? -1 : text.indexOf(spec, from)
  return to < 0 ? text : text.slice(0, from) + text.slice(to + 1)
}

/**
 * Where the health of the whole application stands in its text: exactly at `status.health`, once, for sources and resources
 * may have a field of that name, too.
 */
function healthIn(text: string, begin: number): { from: number; to: number } | null {
  let depth = 2
  let statuses = 0
  let inStatus = false
  let from = -1
  let to = -1
  for (let i = begin; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) {
      if (depth === 1 && text.startsWith('"status":', i)) {
        statuses += 1
        inStatus = true
      } else if (depth === 2 && inStatus && text.startsWith('"health":', i)) {
        if (from >= 0) return null
        from = i + '"health":'.length
      }
      for (i++; i < text.length && text.charCodeAt(i) !== quote; i++)
        if (text.charCodeAt(i) === backslash) i++
    }
    // `[` and `]` differ from `{` and `}` by one bit.
    else if ((code | 0x20) === openBrace) depth++
    else if ((code | 0x20) === closeBrace) {
      depth--
      if (depth === 2 && from >= 0 && to < 0) to = i + 1
      if (depth === 1) inStatus = false
    }
  }
  return statuses === 1 && to > 0 && text.charCodeAt(from) === openBrace ? { from, to } : null
}

/**
 * The outline of a lean text, or null when it is not as Kubernetes writes it; then it is parsed like any other. The
 * digest leaves out version, generation and the moment of the last comparison: at 50,000 applications 330 of them change
 * every second and mean nothing. Health stands apart, for it changes most often and mostly alone.
 */
export function outlineOf(text: string): Outline | null {
  const found = head.exec(text)
  if (!found) return null
  const [begin, name = '', namespace = '', uid = '', resourceVersion = ''] = found
  const health = healthIn(text, begin.length)
  const at = text.indexOf(reconciled, begin.length)
  const after = at + reconciled.length + momentLength
  const only = at >= 0 && text.startsWith('Z"', after - 1) && text.indexOf(reconciled, after) < 0
  const out = [...(health ? [health] : []), ...(only ? [{ from: at, to: after }] : [])]
  let rest = ''
  let from = begin.length
  for (const cut of out.sort((a, b) => a.from - b.from)) {
    rest += text.slice(from, cut.from)
    from = cut.to
  }
  const digest = hash('sha256', rest + text.slice(from), 'binary')
  return {
    ...{ key: { namespace, name }, uid, resourceVersion, digest },
    health: health ? text.slice(health.from, health.to) : '',
  }
}
