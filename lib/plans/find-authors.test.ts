import { expect, test } from 'vitest'
import type { CommitRange, GitCommit, GitRepository, GitResult } from '#lib/git/git.ts'
import type { Git } from '#lib/git/gitlab.ts'
import { findAuthors } from './execute.ts'
import type { Plan } from './plan.ts'

const [from, to] = ['a'.repeat(40), 'b'.repeat(40)]
const commit: GitCommit = {
  ...{ sha: to, title: 't', message: 't', authoredAt: null, committedAt: null, parents: [], webUrl: null },
  author: { name: 'Mei', email: 'mei@x' },
  committer: { name: 'Mei', email: 'mei@x' },
}
const away = { ok: false, kind: 'unreachable', message: 'Git was away' } as const
const git = (range: GitResult<CommitRange>, merged: Awaited<ReturnType<GitRepository['mergedBy']>>) => {
  const asked: unknown[][] = []
  const repository = {
    commitsBetween: async (...given: unknown[]) => {
      asked.push(given)
      return range
    },
    mergedBy: async () => merged,
  }
  return { asked, git: { repository: () => repository } as unknown as Git }
}
const plan = (more: Partial<Plan> = {}) =>
  ({
    sources: [{ repoURL: 'r', path: 'checkout/prod', targetRevision: 'main' }],
    revisions: [to],
    previous: { revisions: [from], historyId: 1 },
    ...more,
  }) as Plan
const commits: GitResult<CommitRange> = { ok: true, value: { commits: [commit], incomplete: null } }
const nobody: Awaited<ReturnType<GitRepository['mergedBy']>> = { ok: true, value: [] }

test('every commit of the range counts, whichever folder it touches', async () => {
  const scene = git(commits, { ok: true, value: [{ role: 'merger', name: 'Anna', email: 'anna@x' }] })
  const found = await findAuthors(plan(), scene.git)
  expect(scene.asked).toEqual([[from, to]])
  expect(found).toMatchObject({ people: [{ role: 'author' }, { role: 'merger' }], incomplete: [] })
})

test.each<[string, Partial<Plan>, GitResult<CommitRange>, string[]]>([
  ['Git was away', {}, away, ['Git was away']],
  ['only a part was read', {}, { ok: true, value: { commits: [commit], incomplete: 'more' } }, ['more']],
  [
    'nothing ran here',
    { previous: { revisions: [], historyId: null } },
    commits,
    ['nothing of r was deployed here before'],
  ],
  [
    'a chart',
    { sources: [{ repoURL: 'r', chart: 'web', targetRevision: '1' }], revisions: ['1.3.0'] },
    commits,
    ['chart web 1.3.0 names no author'],
  ],
  ['the same revision', { revisions: [from] }, away, []],
])('what cannot be read is said: %s', async (_, more, range, incomplete) => {
  expect((await findAuthors(plan(more), git(range, nobody).git)).incomplete).toEqual(incomplete)
})

test('merge requests that cannot be read are said too', async () => {
  expect((await findAuthors(plan(), git(commits, away).git)).incomplete).toEqual([
    'merge requests: Git was away',
  ])
})
