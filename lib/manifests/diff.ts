import { type StructuredPatch, structuredPatch } from 'diff'
import { stringify } from 'yaml'
import { canonicalJson } from './digest.ts'
import { idOf, type ManagedObject, type ObjectId } from './manifest.ts'
import { hiddenByArgo, type JsonObject } from './mask.ts'
import { fold, noiseBetween } from './noise.ts'
import { onlyImages } from './only-images.ts'
import { project } from './project.ts'
import { type Risk, risksOf } from './risk.ts'

export type DiffLine =
  | { kind: 'same'; text: string; oldLine: number; newLine: number }
  | { kind: 'added'; text: string; oldLine: null; newLine: number }
  | { kind: 'removed'; text: string; oldLine: number; newLine: null }
export type Hunk = { lines: DiffLine[] }

export type ResourceDiff = {
  id: ObjectId
  /** `left-behind`: no longer in Git, but a sync without prune keeps it. */
  change: 'added' | 'removed' | 'left-behind' | 'changed' | 'unchanged'
  hunks: Hunk[]
  addedLines: number
  removedLines: number
  /** Fields that differ and were folded away: checksums, tracking ids, chart labels. */
  noise: number
  /** Argo CD hides Secret values on both sides, so an unchanged Secret may still change. */
  hiddenValues: boolean
  /** Too large to show line by line; it is still counted and judged. */
  tooLarge: boolean
  /** It differs in the versions of its images and in nothing else, folded fields included. */
  onlyImages?: true
  risks: Risk[]
}
export type ManifestDiff =
  | { ok: true; resources: ResourceDiff[] }
  /** Never to be shown as "no differences". */
  | { ok: false; cannotTell: string }

/** Kubernetes stores no object above 1.5 MiB; beyond this, it is no manifest. */
const textLengthMax = 4_000_000
const editsMax = 2000

/**
 * What a sync to `target` (the rendered manifests of the pinned revision) would change of what is live.
 * `managed` is Argo CD's last comparison, both masked. Objects that say no namespace go to `namespace`.
 */
export function diffManifests(given: {
  target: readonly JsonObject[]
  managed: readonly ManagedObject[]
  namespace: string | null
  prune: boolean
  conditions: readonly { type: string; message: string }[]
}): ManifestDiff {
  if (given.managed.length === 0 && given.conditions[0]) {
    return {
      ok: false,
      cannotTell: `Argo CD knows nothing about the live state: ${given.conditions[0].message}`,
    }
  }
  if (given.managed.length === 0 && given.target.length > 0) {
    return { ok: false, cannotTell: 'Argo CD has not compared this application yet' }
  }
  const managed = new Map(given.managed.map((each) => [keyOf(each), each]))
  const seen = new Set<ManagedObject>()
  const resources = given.target.map((manifest) => {
    const id = idOf(manifest)
    const elsewhere =
      id.namespace === '' ? managed.get(keyOf({ ...id, namespace: given.namespace ?? '' })) : undefined
    const object = managed.get(keyOf(id)) ?? elsewhere
    if (!object) return compare(id, null, manifest)
    seen.add(object)
    const target = withNamespace(manifest, object.namespace)
    if (!object.live) return compare({ ...id, namespace: object.namespace }, null, target)
    const [before, after] = sides(object, object.live, target)
    return compare({ ...id, namespace: object.namespace }, before, after)
  })
  const gone = given.managed.filter((each) => !seen.has(each) && each.live && !each.hook)
  for (const { live, group, kind, namespace, name } of gone) {
    const diff = compare({ group, kind, namespace, name }, live, null)
    resources.push(given.prune ? diff : { ...diff, change: 'left-behind', risks: [] })
  }
  return { ok: true, resources: resources.sort((a, b) => (keyOf(a.id) < keyOf(b.id) ? -1 : 1)) }
}

/**
 * When the last comparison was about the same target, Argo CD's own prediction is exact. Otherwise live is
 * reduced to what the target or the manifest applied before asks for.
 */
function sides(object: ManagedObject, live: JsonObject, target: JsonObject): [JsonObject, JsonObject] {
  if (object.target && object.predicted && canonicalJson(object.target) === canonicalJson(target)) {
    return [live, object.predicted]
  }
  const shapes = [target, object.applied ?? object.target ?? {}]
  return [project(live, shapes) as JsonObject, target]
}

function compare(id: ObjectId, before: JsonObject | null, after: JsonObject | null): ResourceDiff {
  const old = before ? fold(before) : null
  const now = after ? fold(after) : null
  const noise = old && now ? noiseBetween(old, now) : 0
  const texts = [old, now].map((side) =>
    side ? stringify(side.manifest, { sortMapEntries: true, lineWidth: 0 }) : '',
  )
  const [oldText = '', newText = ''] = texts
  const hunks = oldText === newText ? [] : hunksBetween(oldText, newText)
  const lines = hunks?.flatMap((hunk) => hunk.lines) ?? []
  const changed = oldText !== newText || noise > 0
  return {
    id,
    change: !before ? 'added' : !after ? 'removed' : changed ? 'changed' : 'unchanged',
    hunks: hunks ?? [],
    addedLines: lines.filter((line) => line.kind === 'added').length,
    removedLines: lines.filter((line) => line.kind === 'removed').length,
    noise,
    hiddenValues: texts.some((text) => text.includes(hiddenByArgo)),
    tooLarge: hunks === null,
    ...(old && now && noise === 0 && oldText !== newText && onlyImages(id.kind, old.manifest, now.manifest)
      ? { onlyImages: true as const }
      : {}),
    risks: risksOf(id, old?.manifest ?? null, now?.manifest ?? null),
  }
}

/**
 * Unified hunks with three lines of context; null for what is too large to keep. Where two sides have little in common,
 * finding the fewest edits would take too long: then all that lies between their first and last difference goes and comes.
 */
function hunksBetween(oldText: string, newText: string): Hunk[] | null {
  if (oldText.length + newText.length > textLengthMax) return null
  const patch = structuredPatch('', '', oldText, newText, '', '', { context: 3, maxEditLength: editsMax })
  return patch ? fromPatch(patch) : [wholeHunk(oldText.split('\n'), newText.split('\n'))]
}

const contextLines = 3

function wholeHunk(before: string[], after: string[]): Hunk {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head += 1
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1
  const same = (from: number, to: number, shift: number) =>
    before
      .slice(from, to)
      .map(
        (text, i): DiffLine => ({ kind: 'same', text, oldLine: from + i + 1, newLine: from + i + 1 + shift }),
      )
  const end = before.length - tail
  return {
    lines: [
      ...same(Math.max(0, head - contextLines), head, 0),
      ...before
        .slice(head, end)
        .map((text, i): DiffLine => ({ kind: 'removed', text, oldLine: head + i + 1, newLine: null })),
      ...after
        .slice(head, after.length - tail)
        .map((text, i): DiffLine => ({ kind: 'added', text, oldLine: null, newLine: head + i + 1 })),
      // The text ends with a line break: what stands behind it is no line.
      ...same(end, Math.min(end + contextLines, before.length - 1), after.length - before.length),
    ],
  }
}

function fromPatch(patch: StructuredPatch): Hunk[] {
  return patch.hunks.map((hunk) => {
    let oldLine = hunk.oldStart
    let newLine = hunk.newStart
    const lines = hunk.lines.flatMap((line): DiffLine[] => {
      const text = line.slice(1)
      if (line[0] === '+') return [{ kind: 'added', text, oldLine: null, newLine: newLine++ }]
      if (line[0] === '-') return [{ kind: 'removed', text, oldLine: oldLine++, newLine: null }]
      return line[0] === ' ' ? [{ kind: 'same', text, oldLine: oldLine++, newLine: newLine++ }] : []
    })
    return { lines }
  })
}

function keyOf(id: ObjectId): string {
  return [id.group, id.kind, id.namespace, id.name].join('\0')
}

function withNamespace(manifest: JsonObject, namespace: string): JsonObject {
  const metadata = manifest.metadata as JsonObject
  return namespace === '' || metadata.namespace
    ? manifest
    : { ...manifest, metadata: { ...metadata, namespace } }
}
