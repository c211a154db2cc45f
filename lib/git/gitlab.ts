import type { z } from 'zod'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { createHttpTarget, type HttpHead, type HttpTarget } from '#lib/platform/http.ts'
import {
  type GitCommit,
  type GitFailure,
  type GitMergePerson,
  type GitRepository,
  type GitResult,
  notConnected,
} from './git.ts'
import {
  gitlabCommitListSchema,
  gitlabCommitSchema,
  gitlabMergeListSchema,
  gitlabUserSchema,
} from './schema.ts'

export type GitConnection = {
  /** Beginning of the repository addresses that this provider serves. */
  match: string
  url: string
  token?: () => string
  caBundle?: string
  timeoutMs?: number
}

const e = encodeURIComponent
const perPage = 100
const pagesMax = 5

export type Git = ReturnType<typeof createGit>

/**
 * The repositories behind Application sources. The first connection whose `match` begins the address serves
 * it; what is left of the address is the project's path. Without one the repository is 'not-connected'.
 */
export function createGit(connections: readonly GitConnection[]) {
  const connected = connections.map((connection) => ({
    connection,
    target: createHttpTarget({
      url: connection.url,
      timeoutMs: connection.timeoutMs ?? 10_000,
      concurrencyMax: 4,
      bytesMax: 8 << 20,
      caBundle: connection.caBundle,
    }),
  }))
  return {
    repository(repoUrl: string): GitRepository {
      const found = connected.find(({ connection }) => repoUrl.startsWith(connection.match))
      const project =
        found && repoUrl.slice(found.connection.match.length).replace(/^\/+|\/+$|\.git\/?$/g, '')
      return found && project
        ? gitlabRepository(found.target, found.connection, project)
        : notConnected(repoUrl)
    },
    async close(): Promise<void> {
      await Promise.all(connected.map(({ target }) => target.close()))
    },
  }
}

function gitlabRepository(target: HttpTarget, connection: GitConnection, project: string): GitRepository {
  const base = `/api/v4/projects/${e(project)}/repository`
  const web = `${connection.url.replace(/\/$/, '')}/${project.split('/').map(e).join('/')}/-`

  async function ask<S extends z.ZodType>(schema: S, path: string, query: [string, string][], root = base) {
    const token = connection.token?.().trim()
    const outcome = await target.send({
      path: root + path,
      query,
      headers: token ? { 'private-token': token } : {},
    })
    if (!outcome.ok) return failed('unreachable', `GitLab cannot be reached: ${outcome.message}`)
    const { status, body } = outcome.response
    if (status !== 200) return failureOf(status)
    try {
      const parsed = schema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)))
      if (parsed.success)
        return { ok: true, value: parsed.data as z.output<S>, head: outcome.response as HttpHead } as const
    } catch {
      // Not UTF-8 or not JSON: said below.
    }
    return failed('not-understood', 'GitLab answered with something that is not understood')
  }

  return {
    async commitsBetween(from, to, path) {
      const commits: GitCommit[] = []
      for (let page = 1; page <= pagesMax; page++) {
        const answer = await ask(gitlabCommitListSchema, '/commits', [
          ['ref_name', `${from}..${to}`],
          ...(path ? [['path', path] as [string, string]] : []),
          ['per_page', `${perPage}`],
          ['page', `${page}`],
        ])
        if (!answer.ok && page === 1) return answer
        if (!answer.ok) return { ok: true, value: { commits, incomplete: answer.message } }
        commits.push(...answer.value.map(commitFrom))
        if (!hasMore(answer.head)) return { ok: true, value: { commits, incomplete: null } }
      }
      return { ok: true, value: { commits, incomplete: `There are more than ${commits.length} commits` } }
    },

    async commit(sha): Promise<GitResult<GitCommit>> {
      const answer = await ask(gitlabCommitSchema, `/commits/${e(sha)}`, [])
      return answer.ok ? { ok: true, value: commitFrom(answer.value) } : answer
    },

    async mergedBy(sha): Promise<GitResult<GitMergePerson[]>> {
      const answer = await ask(gitlabMergeListSchema, `/commits/${e(sha)}/merge_requests`, [])
      if (!answer.ok) return answer.kind === 'not-found' ? { ok: true, value: [] } : answer
      const merged = answer.value.filter(({ state }) => state === 'merged')
      const people = merged.flatMap(({ author, merge_user, merged_by }) => [
        ...(author ? [{ role: 'merge-author' as const, user: author }] : []),
        ...[merge_user ?? merged_by].flatMap((user) => (user ? [{ role: 'merger' as const, user }] : [])),
      ])
      const found: GitMergePerson[] = []
      for (const { role, user } of people) {
        const detail = await ask(gitlabUserSchema, `/users/${user.id}`, [], '/api/v4')
        // An address that is kept private is no failure: the commits of the merge name their authors themselves.
        const email = detail.ok ? detail.value.email || detail.value.public_email || null : null
        found.push({ role, name: user.name || user.username, email })
      }
      return { ok: true, value: found }
    },

    links: {
      commit: (sha) => `${web}/commit/${e(sha)}`,
      compare: (from, to) => `${web}/compare/${e(from)}...${e(to)}`,
      tree: (ref, path) => `${web}/tree/${e(ref)}/${path.split('/').map(e).join('/')}`,
    },
  }
}

/** Totals are left out on big sets, so only the next page counts; `Link` is the older way to say it. */
function hasMore({ headers }: HttpHead): boolean {
  return (headers['x-next-page'] ?? '') !== '' || /rel="?next"?/.test(headers.link ?? '')
}

function commitFrom(raw: z.output<typeof gitlabCommitSchema>): GitCommit {
  const at = (moment: string | null | undefined): Instant | null => (moment ? instant(moment) : null)
  const web = raw.web_url ?? ''
  return {
    sha: raw.id,
    title: raw.title,
    message: raw.message,
    author: { name: raw.author_name, email: raw.author_email },
    authoredAt: at(raw.authored_date),
    committer: { name: raw.committer_name, email: raw.committer_email },
    committedAt: at(raw.committed_date),
    parents: raw.parent_ids,
    webUrl: /^https?:\/\//.test(web) ? web : null,
  }
}

/** By status alone: bodies of errors may quote what was asked, tokens included. */
function failureOf(status: number): GitFailure {
  if (status === 401 || status === 403) return failed('unauthorised', `GitLab refuses the token (${status})`)
  if (status === 404) return failed('not-found', 'GitLab does not know this project or revision, or hides it')
  if (status === 301) return failed('not-found', 'The project has moved')
  return failed('server-error', `GitLab answered ${status}`)
}

function failed(kind: GitFailure['kind'], message: string): GitFailure {
  return { ok: false, kind, message }
}
