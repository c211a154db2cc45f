import { expect, it } from 'vitest'
import type { LogState } from '#lib/audit/data.ts'
import { instant } from '#lib/platform/clock.ts'
import { logWords } from './log-look.ts'

const now = instant('2026-11-23T10:00:00Z')
const whole: LogState = {
  origin: 'countersign.local/a',
  size: 48_211,
  signedSize: 48_211,
  anchoredSize: 48_211,
  anchoredAt: instant('2026-11-23T09:59:20Z'),
  waitingSince: null,
  anchors: [{ name: 'file:a', size: 48_211, failingSince: null, message: null }],
}
const failing = { name: 'file:b', size: 1, failingSince: instant('2026-11-23T09:00:00Z'), message: 'ENOSPC' }

it.each<[string, Partial<LogState>, string, string, string | undefined]>([
  ['all is anchored', {}, 'positive', 'Log: 48,211 entries, anchored', '2026-11-23T09:59:20.000Z'],
  ['the log is empty', { size: 0 }, 'neutral', 'Log: no entries yet', undefined],
  [
    'something waits, not for long, also when nothing happened for hours before',
    { anchoredSize: 48_210, anchoredAt: instant('2026-11-23T04:00:00Z'), waitingSince: now },
    'positive',
    'Log: 48,211 entries, anchored',
    '2026-11-23T04:00:00.000Z',
  ],
  [
    'something waits too long',
    { anchoredSize: 48_201, waitingSince: instant('2026-11-23T09:50:00Z') },
    'attention',
    'Log: 48,211 entries, 10 not anchored, oldest from',
    '2026-11-23T09:50:00.000Z',
  ],
  [
    'an anchor fails',
    { anchors: [...whole.anchors, failing] },
    'attention',
    'Log: 48,211 entries, anchor file:b refused',
    '2026-11-23T09:00:00.000Z',
  ],
  [
    'nothing was anchored yet',
    { size: 1, anchoredSize: 0, anchoredAt: null, waitingSince: now },
    'active',
    'Log: 1 entry, to be anchored',
    undefined,
  ],
])('the log when %s', (_, change, tone, words, at) => {
  expect(logWords({ ...whole, ...change }, now)).toMatchObject({ tone, words, ...(at && { at }) })
})
