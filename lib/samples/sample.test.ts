import { expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import {
  draw,
  maySignOff,
  mayWrite,
  paperDigest,
  populationDigest,
  readable,
  type Sample,
  type SampleItem,
} from './sample.ts'

const dora: Viewer = {
  ...{ accountId: 'usr_d', personId: 'per_d', name: 'Dora', initials: 'D', groups: [] },
  ...{ grants: [{ role: 'auditor' }], service: false, enabled: true },
}
const at = '2026-11-24T10:00:00.000Z' as Sample['at']
const sample: Sample = {
  ...{
    id: 'smp_1',
    kind: 'changes',
    from: at,
    to: at,
    environment: null,
    projects: null,
    seed: 'red',
    size: 2,
  },
  ...{ population: 3, digest: 'd', by: { person: 'per_d', name: 'Dora' }, at, seq: 7, noted: 2, items: 2 },
  ...{ exceptions: 0, signedOff: null },
}
const items: SampleItem[] = [
  { n: 1, item: 'rel_1', rank: 'a', notes: [{ verdict: 'ok', words: null, at, seq: 8 }] },
]

test('the draw is by SHA-256 of seed, line feed and id, whatever the order of the population', () => {
  const ids = ['rel_1', 'rel_2', 'rel_3', 'rel_4']
  // for i in …; do printf 'red\n%s' $i | sha256sum; done | sort
  expect(draw(ids, 'red', 4)).toEqual(['rel_4', 'rel_1', 'rel_3', 'rel_2'])
  expect(draw(ids, 'red', 4)).toEqual(draw(ids.toReversed(), 'red', 4))
  expect(draw(ids, 'red', 2)).toEqual(draw(ids, 'red', 4).slice(0, 2))
  expect(draw(ids, 'red', 9)).toHaveLength(4)
  expect(draw(ids, 'red', 4)).not.toEqual(draw(ids, 'blue', 4))
})

test('a population is the digest of its ids, sorted, a line feed after each', () => {
  // printf 'a\nb\n' | sha256sum
  expect(populationDigest(['b', 'a'])).toBe(
    '911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2',
  )
})

test('only who drew it writes, only until it is signed off, and signs when every item has a finding', () => {
  expect(mayWrite(sample, dora).ok).toBe(true)
  expect(maySignOff(sample, dora).ok).toBe(true)
  const refusal = (who: Viewer, more: Partial<Sample> = {}) => {
    const may = maySignOff({ ...sample, ...more }, who)
    return may.ok ? undefined : may.refusal.code
  }
  expect(refusal({ ...dora, personId: 'per_x' })).toBe('another-auditor')
  expect(refusal({ ...dora, grants: [{ role: 'admin' }] })).toBe('may-not-sample')
  expect(refusal({ ...dora, enabled: false })).toBe('may-not-sample')
  expect(refusal(dora, { noted: 1 })).toBe('not-all-noted')
  const signedOff = { conclusion: 'fine', paper: 'p', at, seq: 9 }
  expect(refusal(dora, { signedOff })).toBe('signed-off')
})

test('who reads some projects reads the samples that lie within them', () => {
  expect(readable({ projects: null }, 'all')).toBe(true)
  expect(readable({ projects: null }, { projects: ['shop'] })).toBe(false)
  expect(readable({ projects: ['shop'] }, { projects: ['pay', 'shop'] })).toBe(true)
  expect(readable({ projects: ['shop', 'ops'] }, { projects: ['shop'] })).toBe(false)
  expect(readable({ projects: ['shop'] }, 'none')).toBe(false)
})

test('another note makes another paper', () => {
  const first = paperDigest(sample, items)
  expect(first).toMatch(/^[0-9a-f]{64}$/)
  const note = { verdict: 'exception' as const, words: 'late', at, seq: 9 }
  expect(paperDigest(sample, [{ ...items[0], notes: [note] } as SampleItem])).not.toBe(first)
})
