import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Commit, commitOf, commitsBetween, type Repo, resolveRef } from '#sandbox/world/git.ts'
import { shaOf } from '#sandbox/world/seed.ts'
import type { World } from '#sandbox/world/world.ts'
import { createBranches } from './branches.ts'
import { commitDetail, commitJson, diffsBetween } from './commit-json.ts'
import { page } from './page.ts'

export type Gitlab = { url: string; token: string; close(): Promise<void> }

type Call = { baseUrl: string; repos: Repo[]; repo: Repo; query: URLSearchParams; res: ServerResponse }

/** Starts a minimal GitLab (REST API v4) over the world's repositories; branches beside them take commits. */
export async function startGitlab(
  world: World,
  options: { port?: number; host?: string } = {},
): Promise<Gitlab> {
  const { port = 0, host = '127.0.0.1' } = options
  const token = `glpat-${shaOf(world.inner.seed, 'gitlab').slice(0, 20)}`
  let baseUrl = ''
  const branches = createBranches()
  const server = createServer((req, res) => void serve({ world, token, baseUrl, branches }, req, res))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: actualPort } = server.address() as AddressInfo
  baseUrl = `http://${host}:${actualPort}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: baseUrl, token, close }
}

function json(
  res: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers })
  res.end(JSON.stringify(value))
}

const notFound = (res: ServerResponse, what: string) => json(res, 404, { message: `404 ${what} Not Found` })

type Installation = {
  world: World
  token: string
  baseUrl: string
  branches: ReturnType<typeof createBranches>
}

async function serve(
  { world, token, baseUrl, branches }: Installation,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const url = new URL(req.url ?? '/', baseUrl)
  const repos = [...world.inner.repos.values()]
  if (!url.pathname.startsWith('/api/v4/')) {
    deepLink(repos, url.pathname, res)
    return
  }
  const given = req.headers['private-token'] ?? req.headers.authorization?.replace(/^Bearer /, '')
  if (given !== token) {
    json(res, 401, { message: '401 Unauthorized' })
    return
  }
  const [resource, id = '', ...rest] = url.pathname
    .slice('/api/v4/'.length)
    .split('/')
    .map(decodeURIComponent)
  const repo = repos.find((candidate, index) => candidate.path === id || String(index + 1) === id)
  if (resource !== 'projects' || !repo) {
    notFound(res, 'Project')
    return
  }
  const asked = { project: repo.path, baseUrl, query: url.searchParams, req }
  const answered = await branches.answer(asked, rest)
  if (answered) {
    json(res, answered.status, answered.value)
    return
  }
  if (req.method !== 'GET') {
    json(res, 405, { error: '405 Not Allowed' })
    return
  }
  route({ baseUrl, repos, repo, query: url.searchParams, res }, rest)
}

function route(call: Call, rest: string[]): void {
  const { res } = call
  const [area, what, sha, ...more] = rest
  if (rest.length === 0) json(res, 200, project(call))
  else if (area !== 'repository' || more.length > 0) json(res, 404, { error: '404 Not Found' })
  else if (what === 'commits' && sha === undefined) listCommits(call)
  else if (what === 'commits' && sha !== undefined) oneCommit(call, sha)
  else if (what === 'compare' && sha === undefined) compare(call)
  else json(res, 404, { error: '404 Not Found' })
}

const projectId = ({ repos, repo }: Call) => repos.indexOf(repo) + 1

function project(call: Call): Record<string, unknown> {
  const { repo, baseUrl } = call
  return {
    id: projectId(call),
    name: repo.path.split('/')[1],
    path_with_namespace: repo.path,
    default_branch: 'main',
    http_url_to_repo: repo.url,
    web_url: `${baseUrl}/${repo.path}`,
  }
}

/** Commits of a ref, or of a range `A..B`: newest first. Undefined when a ref is unknown. */
function commitsOf(repo: Repo, refName: string, path: string | undefined): Commit[] | undefined {
  const range = /^(.*?)\.{2,3}(.*)$/.exec(refName)
  const find = (ref: string) => {
    const sha = resolveRef(repo, ref)
    return sha && commitOf(repo, sha) ? sha : undefined
  }
  const to = find(range ? (range[2] ?? '') : refName)
  const from = range ? find(range[1] ?? '') : undefined
  if (!to || (range && !from)) return undefined
  return commitsBetween(repo, from, to, path)
}

function listCommits(call: Call): void {
  const { repo, query, res, baseUrl } = call
  const path = query.get('path')?.replace(/\/$/, '') || undefined
  const found = commitsOf(repo, query.get('ref_name') ?? 'main', path) ?? []
  const perPage = Math.min(Math.max(Number(query.get('per_page') ?? 20) || 20, 1), 100)
  const page = Math.max(Number(query.get('page') ?? 1) || 1, 1)
  const pages = Math.max(Math.ceil(found.length / perPage), 1)
  const items = found.slice((page - 1) * perPage, page * perPage)
  const next = page < pages ? String(page + 1) : ''
  const link = (to: number, rel: string) => {
    const params = new URLSearchParams(query)
    params.set('page', String(to))
    params.set('per_page', String(perPage))
    const id = encodeURIComponent(repo.path)
    return `<${baseUrl}/api/v4/projects/${id}/repository/commits?${params}>; rel="${rel}"`
  }
  json(
    res,
    200,
    items.map((commit) => commitJson(baseUrl, repo, commit)),
    {
      'x-page': String(page),
      'x-per-page': String(perPage),
      'x-next-page': next,
      'x-prev-page': page > 1 ? String(page - 1) : '',
      'x-total': String(found.length),
      'x-total-pages': String(pages),
      link: [...(next ? [link(page + 1, 'next')] : []), link(1, 'first'), link(pages, 'last')].join(', '),
    },
  )
}

function oneCommit(call: Call, ref: string): void {
  const { repo, res, baseUrl } = call
  const sha = resolveRef(repo, ref)
  const commit = sha ? commitOf(repo, sha) : undefined
  if (!commit) notFound(res, 'Commit')
  else json(res, 200, commitDetail(baseUrl, repo, commit, projectId(call)))
}

function compare(call: Call): void {
  const { repo, query, res, baseUrl } = call
  const [from, to] = ['from', 'to'].map((name) => resolveRef(repo, query.get(name) ?? ''))
  if (!from || !to || !commitOf(repo, from) || !commitOf(repo, to)) {
    notFound(res, 'Ref')
    return
  }
  const commits = commitsBetween(repo, from, to).reverse()
  const last = commits.at(-1)
  json(res, 200, {
    commit: last ? commitJson(baseUrl, repo, last) : null,
    commits: commits.map((commit) => commitJson(baseUrl, repo, commit)),
    diffs: diffsBetween(repo, from, to, commits),
    compare_timeout: false,
    compare_same_ref: from === to,
    web_url: `${baseUrl}/${repo.path}/-/compare/${from}...${to}`,
  })
}

/** Pages behind `web_url`: a commit, a comparison, a folder, or the project itself. */
function deepLink(repos: Repo[], pathname: string, res: ServerResponse): void {
  const [place = '', rest = ''] = decodeURIComponent(pathname).slice(1).split('/-/')
  const repo = repos.find((candidate) => candidate.path === place)
  const [kind = '', name = ''] = rest.split(/\/(.*)/s)
  const commit = repo && kind === 'commit' ? commitOf(repo, resolveRef(repo, name) ?? '') : undefined
  const html = (status: number, title: string, rows: [string, string][]) => {
    res.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
    res.end(page(title, rows))
  }
  if (commit) {
    const { author, at, message, sha } = commit
    const rows: [string, string][] = [
      ['Commit', sha],
      ['Author', `${author.name} <${author.email}>`],
      ['Date', new Date(at).toISOString()],
      ['Message', message],
      ['Folders', Object.keys(commit.changes).join('\n')],
    ]
    html(200, message.split('\n')[0] ?? sha, rows)
  } else if (repo && ['', 'compare', 'tree', 'blob', 'commits'].includes(kind)) {
    const commits = commitsOf(repo, kind === 'compare' ? name : 'main', undefined) ?? []
    const rows = commits.slice(0, 50).map(({ sha, message }): [string, string] => [sha.slice(0, 8), message])
    html(200, `${repo.path} ${rest}`.trim(), rows)
  } else html(404, 'Not found', [])
}
