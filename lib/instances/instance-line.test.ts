import { expect, test } from 'vitest'
import { advisories, judgeVersion } from '#lib/argocd/version.ts'
import { instant } from '#lib/platform/clock.ts'
import { type InstanceFacts, instanceLine, isUnwell, progress } from './instance-line.ts'

const now = instant('2026-11-23T12:00:00Z')
const ago = (seconds: number) => instant(Date.parse(now) - seconds * 1000)
const facts = (more: Partial<InstanceFacts> = {}): InstanceFacts => ({
  name: 'main',
  state: 'connected',
  detail: null,
  stateSince: ago(3600),
  lastContactAt: ago(5),
  sweptAt: ago(60),
  version: 'v3.5.2+abc',
  listing: null,
  ...more,
})
const listing = { seen: 620, known: 1000, heardAt: ago(1) }

test.each<[string, Partial<InstanceFacts>, string, boolean]>([
  ['all well', {}, 'connected', false],
  ['a re-sweep', { listing }, 'connected', false],
  ['never reached', { state: 'connecting', lastContactAt: null, sweptAt: null }, 'connecting', false],
  ['the first list', { state: 'connecting', sweptAt: null, listing }, 'catching-up', true],
  ['the first list after an outage', { state: 'unreachable', listing }, 'catching-up', true],
  [
    'a list of which nothing comes',
    { state: 'unreachable', listing: { ...listing, seen: 0 } },
    'stale',
    true,
  ],
  [
    'a list whose worker died',
    { state: 'unreachable', listing: { ...listing, heardAt: ago(120) } },
    'stale',
    true,
  ],
  ['down', { state: 'unreachable' }, 'stale', true],
  ['silent', { lastContactAt: ago(91) }, 'stale', true],
  ['token refused', { state: 'unauthorised' }, 'refused', true],
  ['rubbish', { state: 'not-understood' }, 'not-understood', true],
  ['too old', { version: 'v3.2.9' }, 'too-old', true],
  ['advisory', { version: 'v3.3.8' }, 'advisory', false],
  ['newer', { version: 'v3.6.0' }, 'newer', false],
  ['no version yet', { version: null }, 'connected', false],
])('%s', (_, more, kind, unwell) => {
  const line = instanceLine(facts(more), now)
  expect([line.kind, isUnwell(line)]).toEqual([kind, unwell])
})

test('the line in words', () => {
  const words = (more: Partial<InstanceFacts>) => instanceLine(facts(more), now).words
  expect(words({ sweptAt: null, listing })).toBe('Catching up 62 %')
  expect(words({ sweptAt: null, listing: { ...listing, known: 0 } })).toBe('Catching up, 620 so far')
  expect(words({ version: 'v3.3.8' })).toBe('Known advisory CVE-2026-42880 and 1 more')
  expect(words({ version: 'v3.1.0' })).toBe('Version v3.1.0 is too old')
  expect(instanceLine(facts({ state: 'unreachable' }), now).since).toBe(ago(5))
})

test.each([
  [0, 1000, 0],
  [999, 1000, 99],
  [1200, 1000, 99],
  [5, 0, null],
])('%d of %d is %s %%', (seen, known, percent) => expect(progress({ seen, known })).toBe(percent))

test.each([
  ['v3.5.1+109ca7c', 'supported', ['CVE-2026-113708']],
  ['v3.5.2', 'supported', []],
  ['v3.4.8', 'supported', []],
  ['v3.3.8', 'supported', ['CVE-2026-42880', 'CVE-2026-113708']],
  ['v3.3.9', 'supported', ['CVE-2026-113708']],
  ['v3.2.10', 'too-old', ['CVE-2026-42880']],
  ['v3.1.1', 'too-old', ['CVE-2025-55190']],
  ['v3.1.2', 'too-old', []],
  ['v3.6.0-rc1', 'newer', []],
  ['v3.5.0-rc2', 'supported', ['CVE-2026-113708']],
  ['latest', 'unknown', []],
  [null, 'unknown', []],
])('version %s is %s with %j', (text, support, ids) => {
  const judged = judgeVersion(text)
  expect([judged.support, judged.advisories.map(({ id }) => id)]).toEqual([support, ids])
})

test('every advisory names where it comes from', () => {
  for (const { id, source } of advisories) expect(source).toBe(`https://www.cve.org/CVERecord?id=${id}`)
})
