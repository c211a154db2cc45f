import { expect, test } from 'vitest'
import type { GitCommit } from '#lib/git/git.ts'
import { authorsMax, authorsOf, gathered, mergeAuthor } from './authors.ts'

const sha = 'a'.repeat(40)
const commit = (more: Partial<GitCommit> = {}): GitCommit => ({
  sha,
  title: 't',
  message: 't',
  author: { name: 'Mei Lin', email: 'Mei.Lin@acme.example ' },
  authoredAt: null,
  committer: { name: 'Anna Beck', email: 'anna.beck@acme.example' },
  committedAt: null,
  parents: [],
  webUrl: null,
  ...more,
})
const addresses = (message: string) =>
  authorsOf(commit({ message })).flatMap(({ role, address, name }) =>
    role === 'co-author' ? [address ?? name] : [],
  )

test('author and committer, with addresses as accounts have them', () => {
  expect(authorsOf(commit())).toEqual([
    { role: 'author', name: 'Mei Lin', address: 'mei.lin@acme.example', revision: sha },
    { role: 'committer', name: 'Anna Beck', address: 'anna.beck@acme.example', revision: sha },
  ])
})

test.each<[string, string, string[]]>([
  ['a trailer', 'x\n\nCo-authored-by: Anna <anna@x>', ['anna@x']],
  ['in other case', 'x\n\nCO-AUTHORED-BY: Anna <ANNA@x>', ['anna@x']],
  ['several, with spaces', 'x\n\n  Co-authored-by :  A <a@x>\nCo-Authored-By: B <b@x>\r\n', ['a@x', 'b@x']],
  ['above the last paragraph', 'x\n\nCo-authored-by: A <a@x>\n\nmore text', ['a@x']],
  ['without an address', 'x\n\nCo-authored-by: Somebody', ['Somebody']],
  ['with an empty one', 'x\n\nCo-authored-by: Somebody <>', ['Somebody']],
  ['mentioned in a sentence', 'we use Co-authored-by: lines', []],
  ['none', 'x', []],
])('co-authors: %s', (_, message, expected) => expect(addresses(message)).toEqual(expected))

test('each person once; who has no address is no one else', () => {
  const merger = mergeAuthor(sha, { role: 'merger', name: 'Anna', email: null })
  const found = gathered(
    [...authorsOf(commit()), ...authorsOf(commit()), merger, merger],
    ['Git was away', 'Git was away'],
  )
  expect(found.people.map(({ role }) => role)).toEqual(['author', 'committer', 'merger'])
  expect(found.incomplete).toEqual(['Git was away'])
})

test('a person without an address in a commit is not lost behind a merger of that name', () => {
  const author = authorsOf(commit({ author: { name: 'Anna', email: '' } }))
  const merger = mergeAuthor(sha, { role: 'merger', name: 'Anna', email: null })
  expect(gathered([merger, ...author], []).people.map(({ role }) => role)).toContain('author')
})

test('too many are said to be too many', () => {
  const many = Array.from({ length: authorsMax + 1 }, (_, i) =>
    commit({ author: { name: 'x', email: `${i}@x` } }),
  )
  expect(gathered(many.flatMap(authorsOf), []).incomplete).toEqual([
    `there are more than ${authorsMax} authors`,
  ])
})
