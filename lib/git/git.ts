import type { Instant } from '#lib/platform/clock.ts'

/** Name and address are free text of whoever made the commit: never proof of who that was. */
export type GitPerson = { name: string; email: string }
export type GitCommit = {
  sha: string
  title: string
  message: string
  author: GitPerson
  authoredAt: Instant | null
  committer: GitPerson
  committedAt: Instant | null
  parents: string[]
  webUrl: string | null
}

/** Somebody at a merge request; the address is null where the provider does not tell it. */
export type GitMergePerson = { role: 'merge-author' | 'merger'; name: string; email: string | null }

export type GitFailure = {
  ok: false
  kind: 'not-connected' | 'unreachable' | 'unauthorised' | 'not-found' | 'not-understood' | 'server-error'
  message: string
}
export type GitResult<T> = { ok: true; value: T } | GitFailure

/** Newest first. `incomplete` says why there may be more; null means these are all. */
export type CommitRange = { commits: GitCommit[]; incomplete: string | null }

export type GitRepository = {
  /** Commits reachable from `to` and not from `from` that touch `path` (all, when left out). */
  commitsBetween(from: string, to: string, path?: string): Promise<GitResult<CommitRange>>
  commit(sha: string): Promise<GitResult<GitCommit>>
  /** Who proposed and who merged the merge requests that brought a commit; none when the provider does not say. */
  mergedBy(sha: string): Promise<GitResult<GitMergePerson[]>>
  /** Addresses for people; null when the repository is not connected. */
  links: {
    commit(sha: string): string | null
    compare(from: string, to: string): string | null
    tree(ref: string, path: string): string | null
  }
}

/** Stands in for a repository that no configured provider knows: an answer, not an error. */
export function notConnected(repoUrl: string): GitRepository {
  const failure: GitFailure = {
    ok: false,
    kind: 'not-connected',
    message: `No Git provider is configured for ${repoUrl}`,
  }
  return {
    commitsBetween: async () => failure,
    commit: async () => failure,
    mergedBy: async () => failure,
    links: { commit: () => null, compare: () => null, tree: () => null },
  }
}
