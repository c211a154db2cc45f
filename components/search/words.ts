import type { Kind, Match } from '#lib/search/search.ts'

/** The name of each group of results. */
export const kindWords = {
  service: 'Services',
  application: 'Applications',
  release: 'Releases',
  commit: 'Commits',
  image: 'Images',
  person: 'People',
} as const satisfies Record<Kind, string>

/** Why something was found, where the marked letters do not say it by themselves. */
export const matchWords = {
  exact: undefined,
  start: undefined,
  word: undefined,
  part: undefined,
  similar: 'similar',
} as const satisfies Record<Match, string | undefined>
