import { expect, test } from 'vitest'
import { absenceOf, beforeThen, isThere, type PlacedThen, type Presence, relationThen } from './past.ts'

const order = ['dev', 'staging', 'prod']
const at = (environment: string, version: string | null, target: string | null = null, coming = 'in-sync') =>
  ({ environment, target, version, coming }) satisfies PlacedThen

test.each<[string, PlacedThen, PlacedThen[], unknown]>([
  ['the same', at('prod', '1.0.0'), [at('staging', '1.0.0')], { kind: 'same', as: 'staging' }],
  ['older', at('prod', '1.9.0'), [at('staging', '1.10.0')], { kind: 'behind' }],
  ['newer', at('prod', '2.0.0'), [at('staging', '1.0.0')], { kind: 'ahead' }],
  ['no order', at('prod', 'abc1234'), [at('staging', 'def5678')], { kind: 'differs', as: 'staging' }],
  ['what nobody knows', at('prod', null), [at('staging', '1.0.0')], { kind: 'cannot-tell' }],
  [
    'drift before versions',
    at('prod', '1.0.0', null, 'live-drift'),
    [at('staging', '2.0.0')],
    { kind: 'drift' },
  ],
  ['what waited then', at('prod', '1.0.0', null, 'waits-for-approval'), [], { kind: 'behind' }],
  ['nothing before it', at('dev', '1.0.0'), [at('staging', '2.0.0')], null],
  ['over an environment without it', at('prod', '1.0.0'), [at('dev', '1.1.0')], { kind: 'behind' }],
  [
    'its own target',
    at('prod', '1.0.0', 'eu'),
    [at('staging', '2.0.0', 'us'), at('staging', '1.0.0', 'eu')],
    {
      kind: 'same',
      as: 'staging',
    },
  ],
  [
    'several others',
    at('prod', '1.0.0'),
    [at('staging', '1.0.0', 'eu'), at('staging', '2.0.0', 'us')],
    {
      kind: 'cannot-tell',
    },
  ],
  ['an environment that is not in the order', at('lab', '1.0.0'), [at('staging', '2.0.0')], null],
])('the relation then: %s', (_, one, others, relation) =>
  expect(relationThen(one, [one, ...others], order)).toEqual(relation),
)

test('before is the nearest environment that has it', () => {
  const all = [at('dev', '3.0.0'), at('staging', '2.0.0'), at('prod', '1.0.0')]
  expect(beforeThen(at('prod', '1.0.0'), all, order)).toEqual({ environment: 'staging', version: '2.0.0' })
})

test.each<[Presence, boolean, boolean, RegExp | null]>([
  [{ is: 'present' }, true, true, null],
  [{ is: 'before' }, true, true, /not watching yet/],
  [{ is: 'before' }, false, true, /Nothing is known/],
  [{ is: 'gone', why: 'deleted' }, true, false, /Deleted in Argo CD/],
  [{ is: 'gone', why: 'recreated' }, false, false, /created anew/],
  [{ is: 'gone', why: 'not-permitted' }, true, true, /may still run/],
  [{ is: 'gone', why: 'vanished' }, true, true, /not known yet/],
])('%o: said and placed', (presence, deployed, there, words) => {
  const said = absenceOf(presence, deployed)
  if (words === null) expect(said).toBeNull()
  else expect(said).toMatch(words)
  expect(isThere(presence)).toBe(there)
})
