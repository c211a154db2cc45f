import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { noteDigest } from '#lib/audit/anchors.ts'
import { startGitlab } from '#sandbox/gitlab/server.ts'
import { manualClock } from '#sandbox/world/clock.ts'
import { createWorld } from '#sandbox/world/world.ts'
import { type GitLabPlace, gitlabAnchor } from './gitlab.ts'
import { headOf, serve, stopAll } from './testing.ts'

const world = createWorld({ clock: manualClock('2026-11-23T12:00:00Z') })
const dir = mkdtempSync(join(tmpdir(), 'countersign-gitlab-anchor-'))
const token = { file: join(dir, 'token') }
let gitlab: Awaited<ReturnType<typeof startGitlab>>
beforeEach(async () => {
  gitlab = await startGitlab(world)
  writeFileSync(token.file, gitlab.token, { mode: 0o600 })
})
afterEach(async () => {
  await gitlab.close()
  await stopAll()
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const anchor = (rest: Partial<GitLabPlace> = {}) =>
  gitlabAnchor(
    { url: gitlab.url, project: 'shop/deploy', branch: 'checkpoints', startBranch: 'main', token, ...rest },
    'git:shop/deploy',
  )
const origin = 'example.com/log'

test('each checkpoint is a commit; the branch is made first, then the file is kept up to date', async () => {
  expect(await anchor().read({ origin })).toMatchObject({ notes: [], missing: true })
  const first = await anchor().submit(headOf(2))
  const second = await anchor().submit(headOf(5))
  expect(first.commit).not.toBe(second.commit)
  expect(second).toMatchObject({
    url: `${gitlab.url}/shop/deploy/-/commit/${second.commit}`,
    branch: 'checkpoints',
    sha256: noteDigest(headOf(5).note),
  })
  expect(await anchor().read({ origin })).toMatchObject({ notes: [headOf(5).note], missing: false })
  expect((await anchor().read({ origin: 'example.com/other' })).notes).toEqual([])
})

test('a checkpoint that is there already makes no commit, and answers with the one that holds it', async () => {
  const first = await anchor().submit(headOf(2))
  expect((await anchor().submit(headOf(2))).commit).toBe(first.commit)
})

test('a checkpoint of fewer entries, or of another history, is not written over what is there', async () => {
  await anchor().submit(headOf(5))
  await expect(anchor().submit(headOf(4))).rejects.toThrow('holds a checkpoint of 5 entries, more than the 4')
  await expect(anchor().submit(headOf(5, { story: '!' }))).rejects.toThrow('another history of 5 entries')
  expect((await anchor().read({ origin })).notes).toEqual([headOf(5).note])
})

test('what GitLab refuses is said in words', async () => {
  await expect(anchor({ startBranch: undefined }).submit(headOf(1))).rejects.toThrow(
    'did not take the commit: it answered 400: {"message":"You can only create or edit files when you are on a branch"}',
  )
  await expect(anchor({ project: 'shop/nothing' }).submit(headOf(1))).rejects.toThrow('404 Project Not Found')
  writeFileSync(token.file, 'wrong')
  await expect(anchor().submit(headOf(1))).rejects.toThrow('it answered 401')
  rmSync(token.file)
  await expect(anchor().submit(headOf(1))).rejects.toThrow(/A secret is missing: .* does not exist/)
})

test('a commit in between is not written over', async () => {
  await anchor().submit(headOf(2))
  const proxy = await serve(async ({ method, url, headers, body }) => {
    // Somebody is faster, after this one has looked.
    if (method === 'POST') await anchor().submit(headOf(3))
    const sent = { method, headers: headers as Record<string, string>, ...(body && { body }) }
    const answer = await fetch(`${gitlab.url}${url.pathname}${url.search}`, sent)
    return { status: answer.status, body: await answer.text() }
  })
  await expect(anchor({ url: proxy.url }).submit(headOf(5))).rejects.toThrow('has changed since you started')
})
