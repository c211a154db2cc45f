import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type ArgoClient, type ArgoClientOptions, createArgoClient } from './client.ts'

const recordings = new URL('../../sandbox/recordings/argocd/', import.meta.url)
const recorded = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, recordings), 'utf8'))
const ref = { namespace: 'argocd', name: 'checkout-prod', project: 'shop' }
const ledger = { namespace: 'argocd', name: 'ledger-prod', project: 'shop' }

type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string }
type Reply = { status?: number; body?: unknown; frames?: string[]; open?: boolean }

const running: (Server | ArgoClient)[] = []
afterEach(async () => {
  for (const each of running.splice(0).reverse()) {
    if ('closeAllConnections' in each) each.closeAllConnections()
    await each.close()
  }
})

/** A server that answers with one recorded exchange, or with what is given. */
async function answering(reply: string | Reply, options: Partial<ArgoClientOptions> = {}) {
  const given: Reply = typeof reply === 'string' ? recorded(reply).response : reply
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
    response.writeHead(given.status ?? 200)
    if (given.frames) {
      for (const frame of given.frames)
        response.write(typeof frame === 'string' ? frame : (frame as { data: string }).data)
      if (!given.open) response.end()
    } else response.end(typeof given.body === 'string' ? given.body : JSON.stringify(given.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = createArgoClient({
    name: 'main',
    url,
    token: () => 'canary-token\n',
    maskKey: 'test',
    ...options,
  })
  running.push(server, client)
  return { client, seen, server }
}

describe('reading', () => {
  it('asks with project, namespace and token, and reads the application', async () => {
    const { client, seen } = await answering('applications/get-checkout-prod')
    expect(await client.get(ref, { refresh: 'normal' })).toMatchObject({
      ok: true,
      value: { key: { name: 'checkout-prod' } },
    })
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: '/api/v1/applications/checkout-prod?project=shop&appNamespace=argocd&refresh=normal',
      headers: { authorization: 'Bearer canary-token' },
    })
  })

  it('reads version, person, rights, settings, sets and windows', async () => {
    const ask = async <T>(name: string, question: (client: ArgoClient) => Promise<T>) =>
      question((await answering(name)).client)
    expect(await ask('session/version', (c) => c.version())).toEqual({
      ok: true,
      value: { text: 'v3.5.1+109ca7c', major: 3, minor: 5, patch: 1 },
    })
    expect(await ask('session/version-anonymous', (c) => c.version())).toMatchObject({ ok: true })
    expect(await ask('session/userinfo', (c) => c.userinfo())).toEqual({
      ok: true,
      value: { loggedIn: true, username: 'countersign', groups: [] },
    })
    expect(await ask('session/userinfo-anonymous', (c) => c.userinfo())).toMatchObject({
      value: { loggedIn: false },
    })
    expect(await ask('session/settings', (c) => c.settings())).toMatchObject({
      value: { controllerNamespace: 'argocd' },
    })
    expect(
      await ask('session/can-i-applications-sync', (c) =>
        c.canI('applications', 'sync', 'shop/checkout-prod'),
      ),
    ).toEqual({ ok: true, value: true })
    expect(
      await ask('session/can-i-reader-sync', (c) => c.canI('applications', 'sync', 'shop/checkout-prod')),
    ).toEqual({ ok: true, value: false })
    expect(await ask('session/can-i-nonsense-get', (c) => c.canI('nonsense', 'get', '*'))).toMatchObject({
      ok: false,
      kind: 'refused',
      code: 3,
    })
    expect(await ask('applicationsets/list', (c) => c.applicationSets())).toMatchObject({
      value: { sets: [{ metadata: { name: 'gateway' } }, { metadata: { name: 'shop' } }], problems: [] },
    })
    expect(await ask('details/syncwindows-archive-prod', (c) => c.syncWindows(ref))).toMatchObject({
      value: { canSync: false },
    })
  })

  it('keeps slashes of a right and encodes the rest', async () => {
    const { client, seen } = await answering('session/can-i-applications-action')
    await client.canI('applications', 'action/*', 'shop/a b')
    expect(seen[0]?.url).toBe('/api/v1/account/can-i/applications/action%2F*/shop/a%20b')
  })

  it('reads what a revision means, hostile text included', async () => {
    const { client, seen } = await answering('details/revision-metadata-hostile')
    expect(await client.revisionMetadata(ref, 'abc', 1)).toMatchObject({
      value: { author: expect.stringContaining('Mei Lin'), message: expect.stringContaining('<img src=x') },
    })
    expect(seen[0]?.url).toContain('/revisions/abc/metadata?project=shop&appNamespace=argocd&sourceIndex=1')
  })

  it('asks for manifests by position when there are several sources', async () => {
    const { client, seen } = await answering('details/manifests-multi-source')
    const answer = await client.manifests(ledger, ['one', 'two'], { noCache: true })
    expect(answer.ok && answer.value.map((each) => each.kind)).toEqual(['ConfigMap', 'Deployment'])
    expect(seen[0]?.url).toBe(
      '/api/v1/applications/ledger-prod/manifests?project=shop&appNamespace=argocd&sourcePositions=1&revisions=one&sourcePositions=2&revisions=two&noCache=true',
    )
  })

  it('reads managed resources; a broken application has none', async () => {
    const { client } = await answering('details/managed-resources-checkout-prod')
    const answer = await client.managedResources(ref)
    expect(answer.ok && answer.value.every((each) => each.target && each.namespace === 'shop-prod')).toBe(
      true,
    )
    expect(
      await (await answering('details/managed-resources-broken-path-prod')).client.managedResources(ref),
    ).toEqual({ ok: true, value: [] })
  })
})

describe('failures', () => {
  it.each([
    ['errors/get-forbidden', 'forbidden'],
    ['errors/get-unknown', 'forbidden'],
    ['errors/get-unknown-with-project', 'not-found'],
    ['errors/get-wrong-project', 'not-found'],
    ['errors/no-such-route', 'not-found'],
    ['errors/method-not-allowed', 'refused'],
    ['session/list-anonymous', 'unauthorised'],
    ['session/list-forged-token', 'unauthorised'],
    ['session/list-garbage-token', 'unauthorised'],
    ['applications/list-selector-invalid', 'server-error'],
    ['details/manifests-unknown-sha', 'server-error'],
    ['details/revision-metadata-unknown', 'server-error'],
  ])('%s is %s', async (name, kind) => {
    const { client } = await answering(name)
    expect(await client.get(ref)).toMatchObject({ ok: false, kind, status: recorded(name).response.status })
  })

  it('every recorded error body is read as an error', async () => {
    const folders = ['errors', 'session', 'sync', 'rollback', 'details']
    const names = folders.flatMap((folder) =>
      readdirSync(new URL(folder, recordings)).map((file) => `${folder}/${file.replace('.json', '')}`),
    )
    const failing = names.filter((name) => recorded(name).response.status !== 200)
    expect(failing.length).toBeGreaterThan(20)
    for (const name of failing) {
      const { response } = recorded(name)
      const message = typeof response.body === 'string' ? response.body.trim() : response.body.message
      expect(await (await answering(name)).client.get(ref)).toMatchObject({ ok: false, message })
    }
  })

  it.each<[string, Reply, string]>([
    ['half an object', { body: '{"metadata":' }, 'not-understood'],
    ['another object', { body: {} }, 'not-understood'],
    ['a page of a proxy with 200', { body: '<html>' }, 'not-understood'],
    ['a redirect to a sign-in page', { status: 302, body: '' }, 'not-understood'],
    [
      'an error that carries a secret',
      { status: 500, body: { message: 'secret data: password=hunter2canary', code: 2 } },
      'server-error',
    ],
  ])('%s', async (_, reply, kind) => {
    const answer = await (await answering(reply)).client.get(ref)
    expect(answer).toMatchObject({ ok: false, kind })
    expect(JSON.stringify(answer)).not.toContain('hunter2canary')
  })

  it('is unreachable when nobody listens, and says so for streams too', async () => {
    const { client, server } = await answering({ body: {} })
    server.close()
    expect(await client.version()).toMatchObject({
      ok: false,
      kind: 'unreachable',
      transport: { beforeBytesSent: true },
    })
    const pieces = []
    for await (const piece of client.streamList()) pieces.push(piece)
    for await (const piece of client.watch({ signal: new AbortController().signal })) pieces.push(piece)
    expect(pieces.map((each) => each.kind === 'failed' && each.failure.kind)).toEqual([
      'unreachable',
      'unreachable',
    ])
  })

  it('never repeats its token', async () => {
    const { client } = await answering(
      { status: 401, body: { message: 'invalid session: Bearer canary-token', code: 16 } },
      { token: () => 'canary-token' },
    )
    expect(JSON.stringify(await client.get(ref))).not.toContain('canary-token')
  })

  it('is unauthorised when its token cannot be read', async () => {
    const { client } = await answering('session/list-garbage-token', {
      token: () => {
        throw new Error('no file')
      },
    })
    expect(await client.get(ref)).toMatchObject({ ok: false, kind: 'unauthorised' })
  })
})

describe('streams', () => {
  it('lists, narrowed by fields and projects', async () => {
    const { client, seen } = await answering('applications/list')
    const kinds: string[] = []
    for await (const piece of client.streamList({
      fields: ['items.metadata', 'items.spec'],
      projects: ['shop', 'platform'],
    }))
      kinds.push(piece.kind)
    expect(kinds).toEqual([...Array(26).fill('application'), 'end'])
    expect(seen[0]?.url).toBe(
      '/api/v1/applications?fields=items.metadata%2Citems.spec&projects=shop&projects=platform',
    )
  })

  it('watches as an event stream and ends with the reason', async () => {
    const { client, seen } = await answering('stream/pinned-sync-checkout-prod')
    const kinds = new Set<string>()
    for await (const piece of client.watch({ signal: new AbortController().signal })) kinds.add(piece.kind)
    expect([...kinds].sort()).toEqual(['alive', 'application', 'failed'])
    expect(seen[0]?.headers.accept).toBe('text/event-stream')
  })

  it('is refused as unauthorised', async () => {
    const { client } = await answering('stream/unauthenticated')
    for await (const piece of client.watch({ signal: new AbortController().signal })) {
      expect(piece).toMatchObject({ kind: 'failed', failure: { kind: 'unauthorised' } })
    }
  })

  it('counts silence as broken', async () => {
    const { client } = await answering({ frames: [':\n'], open: true }, { silenceMs: 60 })
    const pieces = []
    for await (const piece of client.watch({ signal: new AbortController().signal })) pieces.push(piece)
    expect(pieces).toEqual([
      { kind: 'alive' },
      {
        kind: 'failed',
        failure: expect.objectContaining({
          kind: 'unreachable',
          transport: expect.objectContaining({ kind: 'timeout' }),
        }),
      },
    ])
  })

  it('stops when told to', async () => {
    const { client } = await answering({ frames: [':\n'], open: true })
    const abort = new AbortController()
    const kinds: string[] = []
    for await (const piece of client.watch({ signal: abort.signal })) {
      kinds.push(piece.kind)
      abort.abort()
    }
    expect(kinds).toEqual(['alive', 'failed'])
  })
})

describe('writing', () => {
  const body = {
    project: 'shop',
    appNamespace: 'argocd',
    revision: 'a'.repeat(40),
    dryRun: false,
    prune: false,
    strategy: { hook: {} },
    syncOptions: { items: [] },
    retryStrategy: { limit: 0, refresh: false },
    infos: [],
  } as const

  it('posts once, with exactly the content type that Argo CD takes', async () => {
    const { client, seen } = await answering('sync/accepted-pinned')
    expect(await client.sync(ref, { ...body, syncOptions: { items: [] }, infos: [] })).toMatchObject({
      outcome: 'accepted',
    })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/api/v1/applications/checkout-prod/sync',
      headers: { 'content-type': 'application/json', connection: 'close' },
    })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(body)
  })

  it('does not know what came of it when no answer comes', async () => {
    const { client, seen } = await answering({ frames: ['{"metadata"'], open: true })
    expect(
      await client.sync(ref, { ...body, syncOptions: { items: [] }, infos: [] }, { timeoutMs: 80 }),
    ).toMatchObject({ outcome: 'ambiguous' })
    expect(seen).toHaveLength(1)
  })

  it('knows that it was not sent when nobody listens', async () => {
    const { client, server } = await answering({ body: {} })
    server.close()
    expect(await client.sync(ref, { ...body, syncOptions: { items: [] }, infos: [] })).toMatchObject({
      outcome: 'refused',
      code: 'not-sent',
    })
  })

  it('terminates', async () => {
    const { client, seen } = await answering('sync/terminate-accepted')
    expect(await client.terminate(ref)).toEqual({ ok: true, value: 'asked' })
    expect(seen[0]).toMatchObject({ method: 'DELETE', headers: { 'content-type': 'application/json' } })
    expect(await (await answering('sync/terminate-nothing-running')).client.terminate(ref)).toEqual({
      ok: true,
      value: 'nothing-running',
    })
    expect(await (await answering('sync/refused-no-permission')).client.terminate(ref)).toMatchObject({
      ok: false,
      kind: 'forbidden',
    })
  })
})
