import type { IncomingMessage } from 'node:http'
import { json as readJson } from 'node:stream/consumers'
import { shaOf } from '#sandbox/world/seed.ts'

type File = { content: string; commit: string }
type Body = {
  branch?: string
  start_branch?: string
  commit_message?: string
  actions?: { action: string; file_path: string; content?: string; last_commit_id?: string }[]
}
type Asked = { project: string; baseUrl: string; query: URLSearchParams; req: IncomingMessage }

type Reply = { status: number; value: unknown }
const reply = (status: number, value: unknown): Reply => ({ status, value })

/**
 * Branches that somebody commits to over the API (POST …/repository/commits with `create` and `update` of text files,
 * GET …/repository/files/:path). They are beside the world's own history, whose branch main they may start from.
 */
export function createBranches() {
  const branches = new Map<string, Map<string, File>>()
  let commits = 0

  function commit({ project, baseUrl }: Asked, body: Body): Reply {
    const { branch, start_branch, commit_message, actions } = body
    if (!branch || !commit_message || !actions) return reply(400, { error: 'branch is missing' })
    const key = `${project}\n${branch}`
    const known = branches.get(key)
    const start = start_branch === 'main' ? new Map<string, File>() : undefined
    if (known && start_branch)
      return reply(400, {
        message: `A branch called '${branch}' already exists. Switch to that branch in order to make changes`,
      })
    const files = known ?? start
    if (!files) return reply(400, { message: 'You can only create or edit files when you are on a branch' })
    const next = new Map(files)
    commits += 1
    const id = shaOf(commits, key)
    for (const { action, file_path, content = '', last_commit_id } of actions) {
      const there = files.get(file_path)
      if (action === 'create' && there) return reply(400, { message: 'A file with this name already exists' })
      if (action === 'update' && !there) return reply(400, { message: "A file with this name doesn't exist" })
      if (last_commit_id && there?.commit !== last_commit_id)
        return reply(400, {
          message: `You are attempting to update a file '${file_path}' that has changed since you started editing it.`,
        })
      next.set(file_path, { content, commit: id })
    }
    branches.set(key, next)
    const web_url = `${baseUrl}/${project}/-/commit/${id}`
    return reply(201, {
      id,
      short_id: id.slice(0, 8),
      title: commit_message,
      message: commit_message,
      web_url,
    })
  }

  function file({ project, query }: Asked, path: string): Reply {
    const ref = query.get('ref') ?? 'HEAD'
    const files = branches.get(`${project}\n${ref}`)
    const found = files?.get(path)
    if (!found) return reply(404, { message: files ? '404 File Not Found' : '404 Commit Not Found' })
    return reply(200, {
      file_name: path.split('/').at(-1),
      file_path: path,
      size: Buffer.byteLength(found.content),
      encoding: 'base64',
      ref,
      last_commit_id: found.commit,
      content: Buffer.from(found.content).toString('base64'),
    })
  }

  return {
    /** What to answer, if the call is one of these two. */
    async answer(asked: Asked, rest: readonly string[]): Promise<Reply | undefined> {
      const [area, what, path = ''] = rest
      if (area !== 'repository' || rest.length > 3) return undefined
      if (asked.req.method === 'POST' && what === 'commits' && path === '')
        return commit(asked, (await readJson(asked.req).catch(() => ({}))) as Body)
      return asked.req.method === 'GET' && what === 'files' && path !== '' ? file(asked, path) : undefined
    },
  }
}
