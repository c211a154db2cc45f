import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { GlyphMark } from '#components/status/glyphs.tsx'
import { releaseLook, type Tone, toneText } from '#components/status/tones.ts'
import { Panel } from '#components/ui/panel.tsx'
import { Moment, Timeline } from '#components/ui/timeline.tsx'
import { visible } from '#components/ui/visible.ts'
import type { HistoryEntry } from '#lib/audit/data.ts'
import { paths } from '#lib/platform/paths.ts'
import type { ReleaseRow } from '#lib/releases/data.ts'
import { isOpen } from '#lib/releases/release.ts'
import { doing, provenInWords } from './words.ts'

const glyphs = { positive: 'disc', negative: 'octagon', attention: 'triangle', paused: 'square' } as const
const tones: Record<string, keyof typeof glyphs> = {
  'release.request-refused': 'attention',
  'release.decision-refused': 'attention',
  'release.ambiguous': 'attention',
  'release.review': 'attention',
  'release.finding': 'attention',
  'release.finding-declined': 'attention',
  'release.finding-refused': 'attention',
  'release.rejected': 'negative',
  'release.refused': 'negative',
  'release.degraded': 'negative',
  'release.failed': 'negative',
  'release.withdrawn': 'paused',
  'release.expired': 'paused',
  'release.stale': 'paused',
  'release.revoked': 'paused',
}

const mark = (tone: Tone, glyph: Parameters<typeof GlyphMark>[0]['glyph']) => (
  <GlyphMark glyph={glyph} className={toneText[tone]} />
)

function Entry({ entry, release }: { entry: HistoryEntry; release: string }) {
  // A decision is one kind of event, whichever way it went.
  const tone = entry.what.startsWith('rejected plan ') ? 'negative' : (tones[entry.type] ?? 'positive')
  return (
    <Moment
      mark={mark(tone, glyphs[tone])}
      title={
        <>
          <strong className="font-medium">{visible(entry.who)}</strong> {visible(entry.what)}
        </>
      }
      when={
        <>
          <Link
            href={paths.history({ release })}
            className="mr-3 text-xs hover:text-ink hover:underline max-sm:hidden"
          >
            <span className="sr-only">entry </span>#{entry.seq}
          </Link>
          {entry.at && <Time at={entry.at} as="seconds" />}
        </>
      }
    />
  )
}

/** Every entry of the log about this release, oldest first, and at the end what it is doing now. */
export function WhatHappened({
  release,
  history,
}: {
  release: ReleaseRow
  history: readonly HistoryEntry[]
}) {
  const look = releaseLook(release.state)
  return (
    <Panel title="What happened">
      <Timeline label="What happened to this release">
        {history.map((entry) => (
          <Entry key={entry.id} entry={entry} release={release.id} />
        ))}
        {isOpen(release.state) && (
          <Moment
            mark={mark(look.tone, look.glyph ?? 'arc')}
            title={
              release.state === 'approved' && release.waitingFor
                ? 'Approved; not sent yet'
                : doing[release.state as keyof typeof doing]
            }
            when="now"
          >
            {release.waitingFor && visible(release.waitingFor)}
          </Moment>
        )}
      </Timeline>
      <p className="border-line border-t px-4 py-2.5 text-ink-muted text-xs">{provenInWords(history)}</p>
    </Panel>
  )
}
