import { expect, it } from 'vitest'
import { checklist, type Entry } from './checklist.ts'

const plan = 'a'.repeat(64)
const entry = (seq: number, type: string, person: string, data: object = {}): Entry => ({
  seq,
  value: { type, actor: { kind: 'person', person }, subject: { release: 'rel_1' }, data: { plan, ...data } },
})
const requested = entry(1, 'release.requested', 'per_anna', { requiredApprovals: 2, policy: 'b'.repeat(64) })
const broken = entry(2, 'release.break-glass', 'per_anna', { incident: 'INC-412' })
const sent = entry(3, 'release.intent', 'per_anna', { receipt: '7' })
const said = (kind: string, person = 'per_marta') =>
  entry(4, 'release.retrospective', person, { kind, reason: 'It was not needed' })
const rowsOf = (entries: Entry[], size = 3) =>
  new Map(
    checklist('rel_1', { entries, documents: new Map(), receipts: [{ id: '7', size }] }).map((row) => [
      row.id,
      row,
    ]),
  )

it.each<[string, Entry[], string, RegExp, string, RegExp]>([
  ['nobody has settled', [], 'missing', /nobody has since/, 'missing', /One person alone/],
  [
    'was approved afterwards',
    [said('approve')],
    'there',
    /per_marta approved exactly this plan/,
    'there',
    /did not settle/,
  ],
  [
    'was objected to',
    [said('object')],
    'missing',
    /objected afterwards: “It was not needed”/,
    'there',
    /did not settle/,
  ],
  [
    'its own person settled',
    [said('approve', 'per_anna')],
    'there',
    /approved/,
    'missing',
    /both broke the glass/,
  ],
])('a break-glass release that %s', (_name, more, approvals, words, eyes, why) => {
  const rows = rowsOf([requested, broken, sent, ...more])
  expect(rows.get('approvals')).toMatchObject({ state: approvals, says: expect.stringMatching(words) })
  expect(rows.get('four-eyes')).toMatchObject({ state: eyes, says: expect.stringMatching(why) })
})

it('asks that an anchor covers the broken glass before anything is sent', () => {
  expect(rowsOf([requested, broken, sent]).get('anchor')?.state).toBe('there')
  expect(rowsOf([requested, broken, sent], 2).get('anchor')?.state).toBe('missing')
})
