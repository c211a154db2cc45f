import { hash } from 'node:crypto'
import type { ApplicationKey } from './application.ts'

/** What can be seen of an Application's text without parsing it. */
export type Outline = {
  key: ApplicationKey
  uid: string
  resourceVersion: string
  /** Of everything but what reconciling alone changes: equal means that parsing would tell nothing new. */
  digest: string
  /** What it was made from, and where that has what is left out. */
  text: string
  places: Place[]
}
type Place = { from: number; to: number }

/** `health` is the text of `status.health`, `digest` of everything but that and what reconciling alone changes. */
export type Apart = { health: string; digest: string }

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
function healthIn(text: string, begin: number): Place | null {
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
 * every second and mean nothing.
 */
export function outlineOf(text: string): Outline | null {
  const found = head.exec(text)
  if (!found) return null
  const [begin, name = '', namespace = '', uid = '', resourceVersion = ''] = found
  const at = text.indexOf(reconciled, begin.length)
  const after = at + reconciled.length + momentLength
  const only = at >= 0 && text.startsWith('Z"', after - 1) && text.indexOf(reconciled, after) < 0
  const places = [{ from: 0, to: begin.length }, ...(only ? [{ from: at, to: after }] : [])]
  return { key: { namespace, name }, uid, resourceVersion, digest: digestWithout(text, places), text, places }
}

function digestWithout(text: string, places: readonly Place[]): string {
  let rest = ''
  let from = 0
  for (const cut of places.toSorted((a, b) => a.from - b.from)) {
    rest += text.slice(from, cut.from)
    from = cut.to
  }
  return hash('sha256', rest + text.slice(from), 'binary')
}

const known = new WeakMap<Outline, Apart | null>()

/** Health and all the rest apart; null where health does not stand once in its place. Looked for once. */
export function apartOf(outline: Outline): Apart | null {
  const before = known.get(outline)
  if (before !== undefined) return before
  const { text, places } = outline
  const health = healthIn(text, places[0]?.to ?? 0)
  const apart = health && {
    // A copy: a slice would keep the whole text for as long as anybody remembers the health.
    health: Buffer.from(text.slice(health.from, health.to)).toString(),
    digest: digestWithout(text, [...places, health]),
  }
  known.set(outline, apart)
  return apart
}
