import { hash } from 'node:crypto'
import type { ApplicationKey } from './application.ts'

/** What can be seen of an Application's text without parsing it. */
export type Outline = {
  key: ApplicationKey
  uid: string
  resourceVersion: string
  /** Of everything but what reconciling alone changes: equal means that parsing would tell nothing new. */
  digest: string
}

/** As Kubernetes writes the metadata of every object: always in this order. */
const head =
  /^\s*\{"metadata":\{"name":"([a-z0-9][a-z0-9.-]{0,252})","namespace":"([a-z0-9][a-z0-9.-]{0,252})","uid":"([\w-]{1,100})","resourceVersion":"(\d{1,15})",(?:"generation":\d{1,15},)?/
const managed = ',"managedFields":['
const spec = ']},"spec":{'
const reconciled = '"reconciledAt":"'
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
  const rest = only ? text.slice(begin.length, at) + text.slice(after) : text.slice(begin.length)
  return { key: { namespace, name }, uid, resourceVersion, digest: hash('sha256', rest, 'binary') }
}
