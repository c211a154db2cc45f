import { expect, test } from 'vitest'
import { attributesOfFinding, attributesOfOutside, attributesOfRelease } from './attribute.ts'

const release = {
  ...{
    requester: 'Jonas',
    required: 2,
    approvers: ['Anna', 'Marta'],
    standard: false,
    receipt: '7',
    intents: 1,
  },
  ...{ state: 'succeeded', ending: 'healthy', glass: false, afterwards: null },
}
const entries = ['release.requested', 'release.decided', 'release.intent'].map((type, seq) => ({
  type,
  seq,
  leaf: 'aa',
}))
type Facts = Parameters<typeof attributesOfRelease>[0]
const met = (more: Partial<Facts> = {}, told = entries) =>
  Object.fromEntries(attributesOfRelease({ ...release, ...more }, told).map(({ id, met }) => [id, met]))

test('a whole release meets all of it', () => {
  const all = { requested: true, approved: true, anchored: true, evidence: true, outcome: true }
  expect(met()).toEqual(all)
})

test('each thing that lacks is told as lacking, and what is not over as not known', () => {
  expect(met({ approvers: ['Anna'] }).approved).toBe(false)
  expect(met({ receipt: null }).anchored).toBe(false)
  expect(met({}, entries.slice(1))).toMatchObject({ requested: false, evidence: false })
  expect(met({ state: 'degraded' }).outcome).toBe(false)
  expect(met({ state: 'syncing' }).outcome).toBeNull()
})

test('break-glass is approved afterwards or not; a standard change was signed before it was asked for', () => {
  expect(met({ glass: true }).approved).toBe(false)
  expect(met({ glass: true, afterwards: 'object' }).approved).toBe(false)
  expect(met({ glass: true, afterwards: 'approve' })).toMatchObject({ approved: true, evidence: false })
  const undecided = entries.filter(({ type }) => type !== 'release.decided')
  expect(met({}, undecided).evidence).toBe(false)
  expect(met({ standard: true }, undecided)).toMatchObject({ approved: true, evidence: true })
})

test('what ran without a release was not requested, whoever closed its finding', () => {
  const outside = (row: Parameters<typeof attributesOfOutside>[0]) =>
    attributesOfOutside(row).map(({ id, met }) => [id, met])
  expect(outside({ finding: 'fin_1', before: false, closed: 'accepted' })).toEqual([
    ['requested', false],
    ['found', true],
    ['closed', true],
  ])
  expect(outside({ finding: null, before: false, closed: null })).toEqual([
    ['requested', false],
    ['found', false],
  ])
  expect(outside({ finding: null, before: true, closed: null })).toEqual([['requested', null]])
  expect(attributesOfFinding({ closed: null })[0]?.met).toBe(false)
})
