import type { PaletteEntry } from './palette-entries.tsx'

/** What `/api/v1/search?q=` answers. */
export type SearchAnswer = { results: readonly SearchResult[] }
export type SearchResult = {
  kind: 'service' | 'application' | 'release' | 'person' | 'commit'
  label: string
  /** What tells it from others of the same name. */
  hint?: string
  /** Made with `paths` on the server. */
  href: string
}

const groups = {
  service: 'Services',
  application: 'Applications',
  release: 'Releases',
  person: 'People',
  commit: 'Commits',
} satisfies Record<SearchResult['kind'], string>

export type PaletteGroup = { name: string; items: PaletteEntry[] }

const fold = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/** Entries whose label or words hold every word of the query, at the start of a word first. */
export function matching(entries: readonly PaletteEntry[], query: string): PaletteEntry[] {
  const words = fold(query).split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...entries]
  const rank = (entry: PaletteEntry): number => {
    const text = ` ${fold(`${entry.label} ${entry.words ?? ''} ${entry.hint ?? ''}`)}`
    if (!words.every((word) => text.includes(word))) return 0
    return words.every((word) => text.includes(` ${word}`)) ? 2 : 1
  }
  return entries
    .map((entry) => ({ entry, rank: rank(entry) }))
    .filter((found) => found.rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map((found) => found.entry)
}

/** Local matches and what the server found, in groups, each once. */
export function paletteGroups(
  entries: readonly PaletteEntry[],
  query: string,
  found: readonly SearchResult[],
): PaletteGroup[] {
  const fromServer = found.map(
    (result): PaletteEntry => ({
      id: `found:${result.href}`,
      label: result.label,
      group: groups[result.kind] ?? 'Found',
      href: result.href,
      ...(result.hint && { hint: result.hint }),
    }),
  )
  const seen = new Set<string>()
  const byGroup = new Map<string, PaletteEntry[]>()
  for (const entry of [...matching(entries, query), ...fromServer]) {
    const key = entry.href ?? entry.id
    if (seen.has(key)) continue
    seen.add(key)
    byGroup.set(entry.group, [...(byGroup.get(entry.group) ?? []), entry])
  }
  return [...byGroup].map(([name, items]) => ({ name, items }))
}
