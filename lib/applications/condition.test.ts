import { expect, test } from 'vitest'
import { adviceFor, isError } from './condition.ts'

/** Messages as a real Argo CD wrote them. */
test.each([
  [
    'ComparisonError',
    'Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = services/broken-path/prod: app path does not exist',
    /spec\.source\.path/,
  ],
  [
    'ComparisonError',
    'Failed to load target state: rpc error: code = Unknown desc = failed to list refs: authentication required: Repository not found.',
    /cannot read the repository/,
  ],
  [
    'ComparisonError',
    "rpc error: code = Unknown desc = unable to resolve 'nope' to a commit SHA",
    /targetRevision/,
  ],
  ['ComparisonError', 'something new', /nobody can tell/],
  [
    'InvalidSpecError',
    "application destination server 'https://x' and namespace 'y' do not match any of the allowed destinations; is not permitted in project 'shop'",
    /project does not allow/,
  ],
  ['InvalidSpecError', 'Application referencing project nope which does not exist', /does not know/],
  ['SyncError', 'Failed last sync attempt to 1234: one or more objects failed to apply', /given up/],
  ['SyncError', 'another', /last sync failed/],
  ['OrphanedResourceWarning', 'Application has 2 orphaned resources', /no application owns/],
])('%s: %s', (type, message, words) => {
  expect(adviceFor({ type, message })).toMatch(words)
})

test('a type that nobody knows gets no advice, whatever it is called', () => {
  for (const type of ['TotallyNewError', 'constructor', '__proto__', ''])
    expect(adviceFor({ type, message: 'x' })).toBeNull()
})

test('every type that Argo CD has is known', () => {
  const types =
    'DeletionError InvalidSpecError ComparisonError SyncError UnknownError SharedResourceWarning RepeatedResourceWarning ExcludedResourceWarning OrphanedResourceWarning'
  for (const type of types.split(' ')) expect(adviceFor({ type, message: '' }), type).toMatch(/\.$/)
  expect(isError('SyncError')).toBe(true)
  expect(isError('OrphanedResourceWarning')).toBe(false)
})
