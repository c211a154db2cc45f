import { expect, test } from 'vitest'
import { freshness } from './live-marker.tsx'

const clock = (at: string) => at.slice(11, 16)
const noon = Date.parse('2026-11-23T12:04:00Z')
const label = (...args: Parameters<typeof freshness>) => freshness(...args).look.label
const heard = { name: 'main' }
const silent = { name: 'edge', staleSince: '2026-11-23T11:58:00Z' }

test('live when stream and instances are', () => {
  expect(label({ kind: 'live' }, [heard], noon, clock)).toBe('Live')
})
test('a short break is not shown, a longer one is, a long one is stale', () => {
  const broken = { kind: 'broken', sinceMs: noon } as const
  expect(label(broken, [heard], noon + 1000, clock)).toBe('Live')
  expect(label(broken, [heard], noon + 5000, clock)).toBe('Reconnecting')
  expect(label(broken, [heard], noon + 40_000, clock)).toBe('Stale since 12:04')
})
test('a page that cannot be made again is as of then, whatever else is broken', () => {
  const all = [{ kind: 'live' }, [silent], noon + 5000, clock] as const
  expect(label(...all, noon)).toBe('As of 12:04')
  expect(freshness(...all, noon).more).toBe('could not refresh')
  expect(label(...all, noon + 4000)).toBe('Stale since 11:58')
})
test('a live stream over a silent instance is stale, and says which', () => {
  const result = freshness({ kind: 'live' }, [heard, silent], noon, clock)
  expect(result.look.label).toBe('Stale since 11:58')
  expect(result.why).toContain('edge (11:58)')
  expect(result.why).not.toContain('main')
})
