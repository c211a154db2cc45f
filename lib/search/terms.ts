/** What typed text asks for, ready for the indexes of catalog.search_entry. All of it is folded text. */
export type Terms = {
  /** The whole text, for "is" and "begins with". */
  whole: string
  /** A full-text query of word beginnings that an index answers; undefined when no word is long enough. */
  words: string | undefined
  /** The same with the short words, which are only compared, never looked up. */
  allWords: string | undefined
  /** Parts with punctuation ("shop/cart:1.4"): their words must also stand together. */
  together: string[]
  /** Parts that must occur anywhere; empty when none has three letters in a row, which is what the index needs. */
  parts: string[]
  /** Words that may have a typing error, each with its variants and the full-text query of all the others. */
  near: { word: string; variants: string[]; others: string }[]
  /** The beginning of a commit's SHA. */
  sha: string | undefined
}

const piecesMax = 10
const lookedUp = 3
/** As in catalog.near: shorter and longer words have no variants there. */
const nearMax = 25
const nearWordsMax = 4

const pieces = (text: string) =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the same class as in catalog.words
    .split(/[\x01-\x2d\x2f\x3a-\x60\x7b-\x7f]+/)
    .map((piece) => piece.replace(/^\.+|\.+$/g, ''))
    .filter(Boolean)

/** The word and the word with each one letter left out: as catalog.near does it. */
export function variantsOf(word: string): string[] {
  const letters = [...word]
  if (letters.length <= lookedUp) return [word]
  return [...new Set([word, ...letters.map((_, i) => letters.toSpliced(i, 1).join(''))])]
}

const lexeme = (word: string) => `'${word.replaceAll(/['\\]/g, '')}'`
const beginning = (words: readonly string[]) => words.map((word) => `${lexeme(word)}:*`).join(' & ')

/** Reads folded text (catalog.fold). Short texts ask for beginnings only, because everything holds one letter. */
export function termsOf(folded: string): Terms {
  const parts = folded.split(/\s+/).filter(Boolean).slice(0, piecesMax)
  const whole = parts.join(' ')
  const words = [...new Set(pieces(whole))].slice(0, piecesMax)
  const long = words.filter((word) => [...word].length >= lookedUp)
  const short = words.filter((word) => [...word].length < lookedUp)
  // Two short words together ("eu 1") are rare enough to look up, as long as they are whole.
  const shortOnly =
    long.length === 0 && words.length > 1 ? words.map((word) => lexeme(word)).join(' & ') : undefined
  // What was typed before the last word is whole, and its exact entry is far cheaper to look up than all that begin so.
  const last = words.at(-1)
  const lookUp = long.map((word) => (word === last || long.length === 1 ? beginning([word]) : lexeme(word)))
  const near = words.filter(
    (word) => [...word].length >= lookedUp && word.length <= nearMax && !/^[\d.]+$/.test(word),
  )
  return {
    whole,
    words: long.length > 0 ? lookUp.join(' & ') : shortOnly,
    allWords: long.length > 0 ? beginning([...long, ...short]) : shortOnly,
    together: parts.filter((part) => pieces(part).length > 1 || pieces(part)[0] !== part),
    parts: parts.some((part) => /[a-z0-9\u0080-\u{10ffff}]{3}/u.test(part)) ? parts : [],
    near: near
      .filter((word) => near.length === 1 || [...word].length > lookedUp)
      .slice(0, nearWordsMax)
      .map((word) => ({
        word,
        variants: variantsOf(word),
        others: words
          .filter((other) => other !== word)
          .map(lexeme)
          .join(' & '),
      })),
    sha: /^[0-9a-f]{4,64}$/.test(whole) ? whole : undefined,
  }
}
