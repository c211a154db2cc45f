import { expect, test } from 'vitest'
import { paths } from '#lib/platform/paths.ts'
import { destinations, destinationsOf, isHere } from './destinations.ts'

const here = (path: string) => destinations.filter((each) => isHere(each, path)).map((each) => each.name)

test.each([
  [paths.services(), 'Services'],
  [paths.service('checkout'), 'Services'],
  [paths.application('app_1'), 'Services'],
  [paths.unmapped(), 'Services'],
  [paths.instances(), 'Services'],
  [paths.project({ instance: 'main', name: 'shop' }), 'Services'],
  [paths.applicationSet({ instance: 'main', namespace: 'argocd', name: 'shop' }), 'Services'],
  [paths.compare(), 'Compare'],
  [paths.inbox(), 'Inbox'],
  [paths.releases(), 'Releases'],
  [paths.release('rel_1'), 'Releases'],
  [paths.pauses(), 'Releases'],
  [paths.policies(), 'Releases'],
  [paths.newTrain(), 'Releases'],
  [paths.train('trn_1'), 'Releases'],
  [paths.freezes(), 'Releases'],
  [paths.history(), 'History'],
  [paths.audit(), 'Audit'],
  [paths.inquiry('changes'), 'Audit'],
  [paths.samplePaper('smp_1'), 'Audit'],
])('%s lies under %s alone', (path, name) => expect(here(path)).toEqual([name]))

test('the workspace of auditors is theirs alone', () => {
  const names = (audits: boolean) => destinationsOf(audits).map(({ name }) => name)
  expect(names(true)).toEqual([...names(false), 'Audit'])
})
