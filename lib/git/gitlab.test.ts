import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createGit } from './gitlab.ts'

const repoUrl = 'http://git.acme.example:8000/shop/deploy.git'
const sha = (n: number) => n.toString(16).padStart(40, '0')
const commit = (n: number, more = {}) => ({
  id: sha(n),
  title: `change ${n}`,
  message: `change ${n}\n\nbody`,
  author_name: 'Mei Lin',
  author_email: 'mei.lin@acme.example',
  authored_date: '2026-11-02T14:00:42.000+00:00',
  committed_date: '2026-11-02T15:00:42.000+01:00',
  parent_ids: [sha(n - 1)],
  web_url: `https://gitlab/x/-/commit/${sha(n)}`,
  ...more,
})

const running: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.close()
})

async function gitlab(listener: RequestListener) {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const git = createGit([{ match: 'http://git.acme.example:8000/', url, token: () => 'canary-token\n' }])
  running.push(
    {
      close: () =>
        new Promise((resolve) => {
          server.closeAllConnections()
          server.close(resolve)
        }),
    },
    git,
  )
  return { url, git, repository: git.repository(repoUrl) }
}

describe('commits between two revisions', () => {
  it('asks for the range and the path, page by page, newest first', async () => {
    const asked: string[] = []
    const { repository } = await gitlab((request, response) => {
      asked.push(`${request.url} ${request.headers['private-token']}`)
      const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page'))
      response.setHeader('x-next-page', page < 2 ? '2' : '')
      response.end(JSON.stringify(page === 1 ? [commit(3), commit(2)] : [commit(1)]))
    })
    const answer = await repository.commitsBetween('aaa', 'bbb', 'checkout/prod')
    expect(answer).toMatchObject({
      ok: true,
      value: { incomplete: null, commits: [{ sha: sha(3) }, { sha: sha(2) }, { sha: sha(1) }] },
    })
    expect(asked[0]).toBe(
      '/api/v4/projects/shop%2Fdeploy/repository/commits?ref_name=aaa..bbb&path=checkout%2Fprod&per_page=100&page=1 canary-token',
    )
    expect(asked).toHaveLength(2)
  })

  it('says that there is more when it stops asking', async () => {
    const { repository } = await gitlab((_request, response) => {
      response.setHeader('link', '<http://x>; rel="next"')
      response.end(JSON.stringify([commit(1)]))
    })
    expect(await repository.commitsBetween('a', 'b')).toMatchObject({
      ok: true,
      value: { incomplete: 'There are more than 5 commits' },
    })
  })

  it('keeps what it has when a later page fails, and says so', async () => {
    const { repository } = await gitlab((request, response) => {
      if (request.url?.endsWith('page=2')) response.writeHead(500).end()
      else response.writeHead(200, { 'x-next-page': '2' }).end(JSON.stringify([commit(1)]))
    })
    expect(await repository.commitsBetween('a', 'b')).toMatchObject({
      value: { commits: [{ sha: sha(1) }], incomplete: 'GitLab answered 500' },
    })
  })
})

describe('who merged a commit', () => {
  const serve = (answers: Record<string, unknown>) =>
    gitlab((request, response) => {
      const answer = answers[request.url ?? '']
      response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}))
    })
  const list = '/api/v4/projects/shop%2Fdeploy/repository/commits/abc/merge_requests'
  it('names author and merger of merged requests, with the address where they publish one', async () => {
    const { repository } = await serve({
      [list]: [
        { state: 'merged', author: { id: 1, name: 'Mei Lin' }, merge_user: { id: 2, username: 'anna' } },
        { state: 'closed', author: { id: 3, name: 'Nobody' } },
      ],
      '/api/v4/users/1': { public_email: 'mei@x' },
    })
    expect(await repository.mergedBy('abc')).toEqual({
      ok: true,
      value: [
        { role: 'merge-author', name: 'Mei Lin', email: 'mei@x' },
        { role: 'merger', name: 'anna', email: null },
      ],
    })
  })
  it('knows of none where the provider has none', async () => {
    expect(await (await serve({})).repository.mergedBy('abc')).toEqual({ ok: true, value: [] })
  })
})

describe('one commit', () => {
  it('is read with its moments in UTC', async () => {
    const { repository } = await gitlab((_request, response) => response.end(JSON.stringify(commit(7))))
    expect(await repository.commit(sha(7))).toMatchObject({
      ok: true,
      value: {
        title: 'change 7',
        author: { name: 'Mei Lin' },
        committedAt: '2026-11-02T14:00:42.000Z',
        parents: [sha(6)],
      },
    })
  })

  it('never hands on a link that is no web address', async () => {
    const { repository } = await gitlab((_request, response) =>
      response.end(JSON.stringify(commit(7, { web_url: 'javascript:alert(1)' }))),
    )
    expect(await repository.commit(sha(7))).toMatchObject({ value: { webUrl: null } })
  })

  it.each<[string, RequestListener]>([
    ['unauthorised', (_, response) => response.writeHead(401).end('{"message":"401 canary-token"}')],
    ['unauthorised', (_, response) => response.writeHead(403).end()],
    ['not-found', (_, response) => response.writeHead(404).end()],
    ['not-found', (_, response) => response.writeHead(301, { location: 'http://elsewhere' }).end()],
    ['server-error', (_, response) => response.writeHead(502).end('<html>')],
    ['not-understood', (_, response) => response.end('{"id":')],
    ['not-understood', (_, response) => response.end('{"id":"not a sha"}')],
    ['not-understood', (_, response) => response.end(Buffer.from([0x7b, 0xff]))],
    ['unreachable', (request) => request.socket.destroy()],
  ])('%s', async (kind, listener) => {
    const { repository } = await gitlab(listener)
    const answer = await repository.commit(sha(1))
    expect(answer).toMatchObject({ ok: false, kind })
    expect(JSON.stringify(answer)).not.toContain('canary-token')
  })
})

describe('which repository', () => {
  it('links below the address of the provider', async () => {
    const { repository, url } = await gitlab(() => {})
    expect(repository.links.commit('abc')).toBe(`${url}/shop/deploy/-/commit/abc`)
    expect(repository.links.compare('a', 'b')).toBe(`${url}/shop/deploy/-/compare/a...b`)
    expect(repository.links.tree('main', 'a b/c')).toBe(`${url}/shop/deploy/-/tree/main/a%20b/c`)
  })

  it.each(['http://elsewhere/x.git', 'http://git.acme.example:8000/', 'https://charts.example'])(
    '%s is not connected, which is an answer',
    async (other) => {
      const { git } = await gitlab(() => {})
      const repository = git.repository(other)
      expect(await repository.commit('a')).toMatchObject({ ok: false, kind: 'not-connected' })
      expect(await repository.commitsBetween('a', 'b')).toMatchObject({ ok: false, kind: 'not-connected' })
      expect(repository.links.commit('a')).toBeNull()
    },
  )
})
