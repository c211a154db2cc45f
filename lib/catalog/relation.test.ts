import { expect, test } from 'vitest'
import { type Before, type Relation, rankOf, ranks, relationOf, type Standing } from './relation.ts'

const cell = (more: Partial<Standing> = {}): Standing => ({
  version: '1.2.0',
  coming: 'in-sync',
  problem: false,
  planCommits: null,
  ...more,
})
const staging = (version: string | null): Before => ({ environment: 'staging', version })
const requested = { state: 'requested', approved: 1, required: 2 }

test.each<[string, Standing | undefined, Before | undefined, Relation | null]>([
  ['no application', undefined, staging('1.2.0'), { kind: 'not-deployed' }],
  [
    'not understood wins over all',
    cell({ problem: true, release: requested }),
    staging('1'),
    { kind: 'not-understood' },
  ],
  [
    'an open release',
    cell({ release: requested, coming: 'live-drift' }),
    undefined,
    { kind: 'waiting', approved: 1, required: 2 },
  ],
  [
    'an approved one',
    cell({ release: { ...requested, state: 'approved' } }),
    undefined,
    { kind: 'releasing', state: 'approved' },
  ],
  [
    'one in review',
    cell({ release: { ...requested, state: 'review' } }),
    undefined,
    { kind: 'releasing', state: 'review' },
  ],
  ['live drift', cell({ coming: 'live-drift' }), staging('1.2.0'), { kind: 'drift' }],
  ['a sync is running', cell({ coming: 'in-flight' }), undefined, { kind: 'releasing', state: 'syncing' }],
  ['automatic', cell({ coming: 'automated' }), undefined, { kind: 'coming' }],
  ['rolling', cell({ coming: 'rolling-sync' }), undefined, { kind: 'coming' }],
  ['held by a window', cell({ coming: 'window' }), undefined, { kind: 'coming' }],
  [
    'three commits wait',
    cell({ coming: 'waits-for-approval', planCommits: 3 }),
    staging('1.2.0'),
    { kind: 'behind', commits: 3 },
  ],
  ['how many is unknown', cell({ coming: 'waits-for-approval' }), undefined, { kind: 'behind' }],
  [
    'on purpose',
    cell({ coming: 'waits-for-approval', planCommits: 3, rolledBack: true }),
    undefined,
    { kind: 'behind', commits: 3, rolledBack: true },
  ],
  ['in sync again', cell({ rolledBack: true }), undefined, null],
  [
    'zero is not a distance',
    cell({ coming: 'waits-for-approval', planCommits: 0 }),
    undefined,
    { kind: 'behind' },
  ],
  ['Argo CD cannot tell', cell({ coming: 'cannot-tell' }), staging('1.2.0'), { kind: 'cannot-tell' }],
  [
    'its status is not current',
    cell({ coming: 'frozen' }),
    staging('1.2.0'),
    { kind: 'frozen', until: null },
  ],
  ['the first environment', cell(), undefined, null],
  ['equal', cell(), staging('1.2.0'), { kind: 'same', as: 'staging' }],
  [
    'equal though no semantic version',
    cell({ version: 'c41e9d2' }),
    staging('c41e9d2'),
    { kind: 'same', as: 'staging' },
  ],
  ['older', cell({ version: '1.9.0' }), staging('1.10.0'), { kind: 'behind' }],
  ['newer, with a v', cell({ version: 'v1.10.0' }), staging('1.9.0'), { kind: 'ahead' }],
  ['a pre-release is older', cell({ version: '2.0.0-rc.1' }), staging('2.0.0'), { kind: 'behind' }],
  [
    'builds have no order',
    cell({ version: '2.0.0+a' }),
    staging('2.0.0+b'),
    { kind: 'differs', as: 'staging' },
  ],
  [
    'shortened versions have none',
    cell({ version: '1.2' }),
    staging('1.3'),
    { kind: 'differs', as: 'staging' },
  ],
  ['commits have none', cell({ version: 'c41e9d2' }), staging('9be0a17'), { kind: 'differs', as: 'staging' }],
  [
    'two versions at once',
    cell({ version: '1.0.0 + 1.1.0' }),
    staging('1.1.0'),
    { kind: 'differs', as: 'staging' },
  ],
  [
    'one of two versions older, the other newer',
    cell({ version: '1.0.0 + 2.1.0' }),
    staging('1.1.0 + 2.0.0'),
    { kind: 'diverged' },
  ],
  ['nothing known here', cell({ version: null }), staging('1.0.0'), { kind: 'cannot-tell' }],
  ['nothing known there', cell(), staging(null), { kind: 'cannot-tell' }],
  [
    'gave up is compared',
    cell({ coming: 'gave-up', version: '1.0.0' }),
    staging('1.1.0'),
    { kind: 'behind' },
  ],
])('%s', (_name, here, before, relation) => {
  expect(relationOf(here, before)).toEqual(relation)
})

const calm = { health: 'Healthy', coming: 'in-sync', protected: true }
test.each<[string, Partial<typeof calm>, Relation | null, boolean, number]>([
  ['waits for me', {}, { kind: 'waiting', approved: 0, required: 2 }, true, ranks.mine],
  ['waits for others', {}, { kind: 'waiting', approved: 0, required: 2 }, false, ranks.action],
  ['nobody can tell what happened', {}, { kind: 'releasing', state: 'review' }, false, ranks.action],
  ['drift', {}, { kind: 'drift' }, false, ranks.action],
  ['degraded', { health: 'Degraded' }, { kind: 'same', as: 'staging' }, false, ranks.action],
  ['gave up', { coming: 'gave-up' }, null, false, ranks.action],
  ['behind in prod', {}, { kind: 'behind', commits: 2 }, false, ranks.behind],
  ['behind in staging', { protected: false }, { kind: 'behind' }, false, ranks.calm],
  ['syncing', {}, { kind: 'releasing', state: 'syncing' }, false, ranks.moving],
  ['same', {}, { kind: 'same', as: 'staging' }, false, ranks.calm],
  ['unknown health is not alarming', { health: 'Unknown' }, null, false, ranks.calm],
])('rank: %s', (_name, more, relation, mine, rank) => {
  expect(rankOf({ ...calm, ...more }, relation, mine)).toBe(rank)
})
