import { expect, test } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import { cursorText, type Line, lasted, linesText, periodOf, readCursor } from './inquiry.ts'
import { parseInquiryQuery } from './schema.ts'

const at = instant('2026-11-24T10:00:00Z')
const line: Line = {
  ...{ id: 'rel_1', kind: 'release', at, what: '=1+1', asked: 'Jonas', signed: ['Anna', 'Marta'] },
  application: { id: 'app_1', name: 'a', project: 'shop', service: 'checkout', environment: 'prod' },
  ...{
    state: 'succeeded',
    tone: 'positive',
    note: null,
    due: null,
    closedAt: null,
    release: 'rel_1',
    finding: null,
  },
  entries: [
    { seq: 7, leaf: 'aa', type: 'release.requested' },
    { seq: 9, leaf: 'bb', type: 'release.intent' },
  ],
}

test('a row carries entry and leaf, and no formula', () => {
  const [head, row, end] = linesText('csv', [line]).split('\r\n')
  expect(head?.startsWith('seq,leaf,at,')).toBe(true)
  expect(row).toBe(`7,aa,${at},release,rel_1,checkout,prod,a,'=1+1,Jonas,Anna; Marta,succeeded,,,,7:aa 9:bb`)
  expect(end).toBe('')
  expect(JSON.parse(linesText('jsonl', [line]))).toEqual(line)
  expect(linesText('jsonl', [line], 'The first 1 only.')).toContain('{"stops":"The first 1 only."}')
})

test('a cursor comes back as it was, and nothing else is one', () => {
  const cursor = { at: '2026-11-24T10:00:00.123456Z', id: 'rel_1' }
  expect(readCursor(cursorText(cursor))).toEqual(cursor)
  for (const text of ['', 'rel_1', "2026-11-24T10:00:00.123456Z~x' OR 1", undefined])
    expect(readCursor(text)).toBeUndefined()
})

test('without days it is the ninety before now, with one the ninety before that', () => {
  expect(periodOf(undefined, undefined, at)).toEqual({ from: '2026-08-26T10:00:00.000Z', to: at })
  expect(periodOf(undefined, instant('2026-06-30'), at).from).toBe('2026-04-01T00:00:00.000Z')
  expect(periodOf(instant('2026-01-01'), undefined, at)).toEqual({ from: '2026-01-01T00:00:00.000Z', to: at })
})

test.each([
  [instant('2026-11-24T10:20:00Z'), '20 min'],
  [instant('2026-11-24T13:20:00Z'), '3 h 20 min'],
  [instant('2026-11-27T10:20:00Z'), '3 days'],
])('until %s it lasted %s', (to, words) => expect(lasted(at, to)).toBe(words))

test('an address that people typed: what is not understood is named', () => {
  const asked = { from: '2026-11-01', to: 'soon', kind: 'finding', before: 'x', state: 'late', service: '' }
  const { query, ignored } = parseInquiryQuery(asked)
  expect(query).toEqual({ from: '2026-11-01', kind: 'finding' })
  expect(ignored).toEqual(['to', 'state', 'before'])
})
