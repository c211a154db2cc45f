import { afterAll, beforeAll, expect, test } from 'vitest'
import { manualClock } from '#sandbox/world/clock.ts'
import { createWorld } from '#sandbox/world/world.ts'
import { type Gitlab, startGitlab } from './server.ts'

const world = createWorld({ clock: manualClock('2026-11-23T12:00:00Z') })
const id = encodeURIComponent('shop/deploy')
let gitlab: Gitlab

beforeAll(async () => {
  gitlab = await startGitlab(world)
})
afterAll(() => gitlab.close())

const ask = (path: string, token = gitlab.token) =>
  fetch(`${gitlab.url}/api/v4/projects/${path}`, { headers: { 'private-token': token } })

const checkout = () => {
  const found = world.state().applications.find((application) => application.name === 'checkout-prod')
  return { deployed: found?.deployed[0] ?? '', desired: found?.desired[0] ?? '' }
}

test('a range names exactly the commits that wait, newest first, for one folder', async () => {
  const { deployed, desired } = checkout()
  const response = await ask(`${id}/repository/commits?ref_name=${deployed}..${desired}&path=checkout/prod`)
  const commits = (await response.json()) as { title: string; author_email: string; message: string }[]
  expect(commits.map((commit) => commit.title)).toEqual([
    'checkout: 1.7.1 to prod',
    'checkout: 1.7.0 to prod',
  ])
  expect(commits[1]?.message).toContain('<img src=x onerror=alert(1)>')
  expect(commits[1]?.author_email).toBe('mei.lin@acme.example')
})

test('pages are cut as asked and say where the next one is', async () => {
  const first = await ask(`${id}/repository/commits?per_page=2&path=checkout`)
  expect(first.headers.get('x-next-page')).toBe('2')
  expect(first.headers.get('link')).toContain('rel="next"')
  const total = Number(first.headers.get('x-total'))
  const pages = Number(first.headers.get('x-total-pages'))
  expect(pages).toBe(Math.ceil(total / 2))
  const last = await ask(`${id}/repository/commits?per_page=2&path=checkout&page=${pages}`)
  expect(last.headers.get('x-next-page')).toBe('')
})

test('a comparison lists commits oldest first, with what changed', async () => {
  const { deployed, desired } = checkout()
  const response = await ask(`${id}/repository/compare?from=${deployed}&to=${desired}`)
  const { commits, diffs } = (await response.json()) as {
    commits: { committed_date: string }[]
    diffs: { new_path: string; diff: string }[]
  }
  const dates = commits.map((commit) => commit.committed_date)
  expect(dates).toEqual([...dates].sort())
  const own = diffs.find((diff) => diff.new_path.startsWith('checkout/prod/'))
  expect(own?.diff).toContain('-version: 1.6.0\n+version: 1.7.1')
})

test('without the token, without the project and without the commit', async () => {
  expect((await ask(id, 'wrong')).status).toBe(401)
  expect(await (await ask('shop%2Fnothing')).json()).toEqual({ message: '404 Project Not Found' })
  const commit = await ask(`${id}/repository/commits/${'d'.repeat(40)}`)
  expect([commit.status, await commit.json()]).toEqual([404, { message: '404 Commit Not Found' }])
})

test('the page of a commit shows a hostile message as text', async () => {
  const { deployed, desired } = checkout()
  const response = await ask(`${id}/repository/commits?ref_name=${deployed}..${desired}&path=checkout/prod`)
  const commits = (await response.json()) as { web_url: string }[]
  const page = await fetch(commits[1]?.web_url ?? '')
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const html = await page.text()
  expect(html).toContain('&lt;img src=x')
  expect(html).not.toContain('<img')
})
