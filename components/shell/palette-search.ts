import { kindWords } from '#components/search/words.ts'
import type { SearchGroup, SearchResult } from '#lib/search/search.ts'
import type { PaletteEntry } from './palette-entries.tsx'

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

const asEntry = (found: SearchResult, group: string): PaletteEntry => ({
  id: `found:${found.kind}:${found.id}`,
  label: found.label,
  group,
  href: found.href,
  found,
})

/** Local matches and what the server found, in groups, each once. Without a query what was opened lately leads. */
export function paletteGroups(
  entries: readonly PaletteEntry[],
  query: string,
  found: readonly SearchGroup[],
  recent: readonly SearchResult[] = [],
): PaletteGroup[] {
  const all = [
    ...(query.trim() === '' ? recent.map((each) => asEntry(each, 'Recent')) : []),
    ...matching(entries, query),
    ...found.flatMap((group) => group.results.map((each) => asEntry(each, kindWords[group.kind]))),
  ]
  const seen = new Set<string>()
  const byGroup = new Map<string, PaletteEntry[]>()
  for (const entry of all) {
    // Two kinds may lead to one page, such as commits of one application.
    const key = entry.found ? entry.id : (entry.href ?? entry.id)
    if (seen.has(key) || (entry.found && seen.has(entry.found.href))) continue
    seen.add(key)
    byGroup.set(entry.group, [...(byGroup.get(entry.group) ?? []), entry])
  }
  return [...byGroup].map(([name, items]) => ({ name, items }))
}

const recentMax = 6

/** The newest first, each once. */
export const withRecent = (recent: readonly SearchResult[], picked: SearchResult): SearchResult[] =>
  [picked, ...recent.filter((each) => each.kind !== picked.kind || each.id !== picked.id)]
    .slice(0, recentMax)
    // What was typed then means nothing the next time.
    .map((each) => ({ ...each, labelMarks: [], detailMarks: [], match: 'exact' }))
