import type { Viewer } from '#lib/access/policy.ts'
import type { AuthorRole } from '#lib/plans/authors.ts'
import type { ReleasePolicy } from './policy.ts'
import type { RequestRefusal } from './request.ts'

/**
 * Somebody behind a release, as frozen at the request. `person` is null where no account has that address; `known` is
 * false where nobody vouches for it, and for a reason (in `name`) why there may be others.
 */
export type ReleaseAuthor = {
  role: AuthorRole | 'runner' | 'unknown'
  name: string
  address: string | null
  revision: string | null
  person: string | null
  known: boolean
}

/** What this person wrote of it, or undefined. Postgres also knows their former addresses (rel.is_author). */
export function authorship(
  authors: readonly ReleaseAuthor[],
  by: Pick<Viewer, 'personId' | 'email'>,
): ReleaseAuthor | undefined {
  const address = by.email?.trim().toLowerCase()
  return authors.find(
    (each) => each.person === by.personId || (address !== undefined && each.address === address),
  )
}

const did = {
  author: 'wrote',
  committer: 'committed',
  'co-author': 'co-wrote',
  'merge-author': 'proposed the merge of',
  merger: 'merged',
  runner: 'started the pipeline that asked for',
  unknown: 'wrote',
} as const satisfies Record<ReleaseAuthor['role'], string>

/** `committed 3f9ac21` */
export const didWhat = ({ role, revision }: Pick<ReleaseAuthor, 'role' | 'revision'>): string =>
  `${did[role]} ${revision?.slice(0, 7) ?? 'a part of it'}`

/** Those whom nobody can name: names with addresses, and reasons why there may be more. At most five are listed. */
export function unknownAuthors(authors: readonly ReleaseAuthor[]): string[] {
  const all = authors
    .filter(({ known }) => !known)
    .map(({ name, address }) => [name, address && `<${address}>`].filter(Boolean).join(' '))
  return all.length > 5 ? [...all.slice(0, 4), `${all.length - 4} more`] : all
}

/** Why a policy refuses a request for what these people wrote; null when it does not. `authors` null: nobody looked. */
export function authorProblem(
  policy: Pick<ReleasePolicy, 'excludeAuthors' | 'unknownAuthor'>,
  authors: readonly ReleaseAuthor[] | null,
): Extract<RequestRefusal, { code: 'authors-unread' | 'unknown-authors' }> | null {
  if (!policy.excludeAuthors) return null
  if (authors === null) return { code: 'authors-unread' }
  const who = unknownAuthors(authors)
  return who.length > 0 && policy.unknownAuthor === 'block' ? { code: 'unknown-authors', who } : null
}
