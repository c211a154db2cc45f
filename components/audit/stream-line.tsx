import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { visible } from '#components/ui/visible.ts'
import type { StreamStanding } from '#lib/streams/stream.ts'

const number = (value: number) => value.toLocaleString('en')

/** How far the copy of the log outside has come, and why it stands still when it does. */
export function StreamLine({ stream, behind }: { stream: StreamStanding; behind: boolean }) {
  const { sink, next, size, behindSince, failingSince, message } = stream
  const whole = next >= size
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
      <Chip
        tone={behind ? 'attention' : whole ? 'positive' : 'active'}
        glyph={behind ? 'triangle' : whole ? 'disc' : 'arc'}
      >
        Stream: at {number(next)} of {number(size)}
      </Chip>
      <span className="break-all text-ink-muted">
        to {visible(sink)}
        {!whole && behindSince && (
          <>
            , behind since <Time at={behindSince} as="ago" />
          </>
        )}
        {failingSince && (
          <>
            , failing since <Time at={failingSince} as="ago" />: {visible(message ?? '')}
          </>
        )}
      </span>
    </p>
  )
}
