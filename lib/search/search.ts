/** In the order in which they are shown. */
export const kinds = ['service', 'application', 'release', 'commit', 'image', 'person'] as const
export type Kind = (typeof kinds)[number]

/** How it was found, best first: all of it, its beginning, the beginning of a word, any part, but for a typing error. */
export const matches = ['exact', 'start', 'word', 'part', 'similar'] as const
export type Match = (typeof matches)[number]

/** From (inclusive) and to (exclusive), in UTF-16 units of the text they belong to. */
export type Range = readonly [from: number, to: number]

/** One thing that was found, with what the letters matched in it. Texts are from outside: render them as text. */
export type SearchResult = {
  kind: Kind
  id: string
  label: string
  labelMarks: Range[]
  /** What tells it from others of the same name; may be empty. */
  detail: string
  detailMarks: Range[]
  match: Match
  /** Made with `paths`. */
  href: string
}

export type SearchGroup = {
  kind: Kind
  results: SearchResult[]
  /** Where the next page of this kind begins; undefined when this is all. */
  next: string | undefined
  /** So much matches that only a part was looked at: more letters help. */
  cut: boolean
}

/** What `/api/v1/search` answers: kinds in which something was found. */
export type SearchAnswer = { groups: SearchGroup[] }

/** Longest text that is looked for. */
export const queryLengthMax = 200

export const isKind = (text: string | undefined): text is Kind => kinds.some((kind) => kind === text)
