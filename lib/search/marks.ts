import type { Range } from './search.ts'
import { type Terms, variantsOf } from './terms.ts'

/** What Postgres' unaccent turns into other letters and Unicode does not take apart. */
const letters: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
}

/** Folded text, and for each of its units where in the original it came from. */
function foldWithPlaces(text: string): { folded: string; from: number[]; to: number[] } {
  let folded = ''
  const from: number[] = []
  const to: number[] = []
  let at = 0
  for (const character of text) {
    const plain = character
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replace(/[ßæœøłđðþıħ]/g, (letter) => letters[letter] ?? letter)
    for (let i = 0; i < plain.length; i++) {
      from.push(at)
      to.push(at + character.length)
    }
    folded += plain
    at += character.length
  }
  return { folded, from, to }
}

const wordPattern = /[a-z0-9\u0080-\uffff]+/g

/** Where the text matches: whole parts where they stand, else beginnings of words, else words that are nearly it. */
export function marksOf(text: string, terms: Terms): Range[] {
  const { folded, from, to } = foldWithPlaces(text.slice(0, 500))
  const found: [number, number][] = []
  const words = [...folded.matchAll(wordPattern)]
  for (const part of new Set([...terms.whole.split(' '), ...terms.together])) {
    if (!part) continue
    const atWord = words.find(({ index }) => folded.startsWith(part, index))?.index
    const at = atWord ?? folded.indexOf(part)
    if (at >= 0) found.push([at, at + part.length])
  }
  for (const { word, variants } of terms.near) {
    if (found.length > 0 && folded.includes(word)) continue
    const begins = words.find(({ index }) => folded.startsWith(word, index))
    const near = words.find(([each]) => variantsOf(each).some((variant) => variants.includes(variant)))
    if (begins) found.push([begins.index, begins.index + word.length])
    else if (near) found.push([near.index, near.index + near[0].length])
  }
  const ranges = found.map(([start, end]): [number, number] => [from[start] ?? 0, to[end - 1] ?? text.length])
  return merged(ranges)
}

function merged(ranges: [number, number][]): Range[] {
  const out: [number, number][] = []
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else out.push([from, to])
  }
  return out
}
