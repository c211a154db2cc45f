import type { GitCommit, GitMergePerson } from '#lib/git/git.ts'

export type AuthorRole = 'author' | 'committer' | 'co-author' | GitMergePerson['role']

/** Somebody behind a plan, as Git says. `address` is null where it is not told; `revision` is one commit of theirs. */
export type PlanAuthor = { role: AuthorRole; name: string; address: string | null; revision: string }

/** Everybody found, and why there may be others; empty when these are all. */
export type PlanAuthors = { people: PlanAuthor[]; incomplete: string[] }

const nameMax = 200
const addressMax = 320
/** Nobody reads more, and no honest range has more; what is beyond counts as unknown. */
export const authorsMax = 500

/** The people of `Co-authored-by` trailers. One without an address is somebody all the same. */
function coAuthors(message: string): { name: string; email: string | null }[] {
  return [...message.matchAll(/^[ \t]*co-authored-by[ \t]*:[ \t]*(.+)$/gim)].map(([, text = '']) => {
    const [, name, email] = /^(.*?)<([^<>]*)>/.exec(text) ?? []
    return { name: (name ?? text).trim(), email: email?.trim() || null }
  })
}

const person = (role: AuthorRole, revision: string, name: string, email: string | null): PlanAuthor => ({
  role,
  name: name.slice(0, nameMax).toWellFormed().replaceAll('\0', ''),
  address: email?.trim().toLowerCase().slice(0, addressMax).toWellFormed().replaceAll('\0', '') || null,
  revision,
})

/** Who wrote, committed or is named as co-author of one commit. */
export function authorsOf(commit: GitCommit): PlanAuthor[] {
  const { sha, author, committer, message } = commit
  return [
    person('author', sha, author.name, author.email),
    ...(committer.email || committer.name ? [person('committer', sha, committer.name, committer.email)] : []),
    ...coAuthors(message).map(({ name, email }) => person('co-author', sha, name, email)),
  ]
}

export const mergeAuthor = (revision: string, { role, name, email }: GitMergePerson): PlanAuthor =>
  person(role, revision, name, email)

/** Each person once, in the first role found; whoever has no address counts by name. */
export function gathered(found: readonly PlanAuthor[], incomplete: readonly string[]): PlanAuthors {
  const people = new Map<string, PlanAuthor>()
  for (const each of found) {
    const merge = each.role === 'merger' || each.role === 'merge-author'
    const key = each.address ?? `${merge} ${each.name}`
    if (!people.has(key)) people.set(key, each)
  }
  const all = [...people.values()]
  const more = all.length > authorsMax ? [`there are more than ${authorsMax} authors`] : []
  return { people: all.slice(0, authorsMax), incomplete: [...new Set([...incomplete, ...more])] }
}
