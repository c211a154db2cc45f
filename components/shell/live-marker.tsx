'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { GlyphMark } from '#components/status/glyphs.tsx'
import { type Look, toneText } from '#components/status/tones.ts'
import { Tooltip } from '#components/ui/tooltip.tsx'
import { visible } from '#components/ui/visible.ts'
import { useAnnounce } from './announce.tsx'
import { useStreamState } from './live.tsx'
import { useTicking, useZone } from './now.tsx'
import { subscribeReady, unreadySinceMs } from './ready.ts'
import { clockTime } from './relative.ts'
import type { StreamState } from './stream.ts'

/** An Argo CD instance as the catalog knows it; `staleSince` is when it was last heard of, if that is too long ago. */
export type InstanceState = { name: string; staleSince?: string | undefined }

type Freshness = {
  look: Look
  /** Goes on from the label where there is room. */
  more?: string
  why: string
}

/** A break this short is not worth a word. */
const quietMs = 2000
const patienceMs = 30_000

/**
 * How old is what I see? A live stream over a dead instance is stale too, and so is a page that could not be made
 * again since `unreadyMs`: all of them count.
 * Times are put in by `clock`, which shows an instant in the viewer's zone.
 */
export function freshness(
  stream: StreamState,
  instances: readonly InstanceState[],
  nowMs: number,
  clock: (at: string) => string,
  unreadyMs?: number | undefined,
): Freshness {
  if (unreadyMs !== undefined && nowMs - unreadyMs >= quietMs) {
    const since = clock(new Date(unreadyMs).toISOString())
    return {
      look: { tone: 'attention', glyph: 'triangle', label: `As of ${since}` },
      more: 'could not refresh',
      why: 'The server could not make this page again. It keeps trying, and catches up by itself.',
    }
  }
  const brokenMs = stream.kind === 'broken' ? nowMs - stream.sinceMs : 0
  if (stream.kind === 'broken' && brokenMs >= patienceMs) {
    const since = clock(new Date(stream.sinceMs).toISOString())
    return {
      look: { tone: 'attention', glyph: 'triangle', label: `Stale since ${since}` },
      why: `This page has had no news since ${since}. It keeps trying, and catches up by itself.`,
    }
  }
  if (stream.kind === 'connecting' || brokenMs >= quietMs) {
    return {
      look: {
        tone: 'active',
        glyph: 'arc',
        label: stream.kind === 'connecting' ? 'Connecting' : 'Reconnecting',
      },
      why: 'What you see may be a few seconds old.',
    }
  }
  const stale = instances.flatMap(({ name, staleSince }) => (staleSince ? [{ name, staleSince }] : []))
  const oldest = stale.map((instance) => instance.staleSince).sort()[0]
  if (oldest === undefined) {
    return { look: { tone: 'positive', glyph: 'disc', label: 'Live' }, why: 'What you see follows Argo CD.' }
  }
  const who = stale.map((instance) => `${visible(instance.name)} (${clock(instance.staleSince)})`).join(', ')
  return {
    look: { tone: 'attention', glyph: 'triangle', label: `Stale since ${clock(oldest)}` },
    why: `Not heard of lately: ${who}. What is shown of it is the last that was known.`,
  }
}

/** Live, Reconnecting, or Stale since 12:04; why, on hover and for screen readers. */
export function LiveMarker({ instances }: { instances: readonly InstanceState[] }) {
  const stream = useStreamState()
  const zone = useZone()
  const announce = useAnnounce()
  const unreadyMs = useSyncExternalStore(subscribeReady, unreadySinceMs, () => undefined)
  // The words depend on the time only while something is broken; ticking makes them follow.
  const now = useTicking((at) => (stream.kind === 'broken' || unreadyMs !== undefined ? at : ''))
  const [mounted, setMounted] = useState(false)
  useEffect(() => setMounted(true), [])
  const clock = (at: string) => clockTime(at, at, zone)
  const { look, more, why } = freshness(
    mounted ? stream : { kind: 'live' },
    instances,
    now && mounted ? Date.now() : 0,
    clock,
    unreadyMs,
  )
  const stale = look.tone === 'attention'
  useEffect(() => {
    if (stale) announce(look.label)
  }, [stale, look.label, announce])
  return (
    <Tooltip text={why} side="bottom">
      <button
        type="button"
        aria-label={`${look.label}${more ? `, ${more}` : ''}. ${why}`}
        className="flex h-8 cursor-default pointer-coarse:h-11 items-center shrink-0 gap-1.5 rounded-md px-1.5 text-ink-muted text-sm"
      >
        {look.glyph && <GlyphMark glyph={look.glyph} className={toneText[look.tone]} />}
        <span className="whitespace-nowrap">
          {look.label}
          {more && <span className="max-lg:hidden">, {more}</span>}
        </span>
      </button>
    </Tooltip>
  )
}
