import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { visible } from '#components/ui/visible.ts'
import { durationWords, type Freeze, kindWords, placeWords, scheduleWords } from '#lib/freezes/freeze.ts'
import type { FreezeRow } from '#lib/freezes/loaders.ts'

/** What it is and what for: `Freeze for prod`. */
export const freezeTitle = ({ kind, place }: Pick<Freeze, 'kind' | 'place'>): string =>
  `${kindWords[kind]} for ${visible(placeWords(place))}`

function Times({ freeze: { times, zone } }: { freeze: Freeze }) {
  if (times.kind === 'once')
    return (
      <>
        Once, from <Time at={times.from} as="clock" /> to <Time at={times.to} as="clock" />
      </>
    )
  return (
    <span title={times.schedule}>
      {visible(scheduleWords(times.schedule))} for {durationWords(times.durationMs)}, by the clock of{' '}
      {visible(zone)}
    </span>
  )
}

const looks = {
  deny: {
    on: { tone: 'paused', glyph: 'square', label: 'Frozen' },
    off: { tone: 'neutral', label: 'Off' },
    unknown: { tone: 'paused', glyph: 'dashed', label: 'Holds: not computed yet' },
  },
  allow: {
    on: { tone: 'positive', glyph: 'disc', label: 'Open' },
    off: { tone: 'paused', glyph: 'square', label: 'Shut' },
    unknown: { tone: 'paused', glyph: 'dashed', label: 'Shut: not computed yet' },
  },
} as const

/** How it stands now, and when that changes. */
function Standing({ freeze: { kind, standing, until } }: { freeze: FreezeRow }) {
  return (
    <Chip look={looks[kind][standing]}>
      {looks[kind][standing].label}
      {until && (
        <>
          {standing === 'on' ? ' until ' : ', next '}
          <Time at={until} as="clock" />
        </>
      )}
    </Chip>
  )
}

/** One freeze or window in a list: what it is about, how it stands, when it is on, who made it and why. */
export function FreezeWords({ freeze, row }: { freeze: Freeze; row?: FreezeRow }) {
  const { ended, reason, by, at } = freeze
  return (
    <div className="grid min-w-0 grow gap-1">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">{freezeTitle(freeze)}</span>
        {row ? <Standing freeze={row} /> : <Chip tone="neutral">{ended ? 'Ended' : 'Over'}</Chip>}
      </div>
      <p className="break-words text-ink">
        <Times freeze={freeze} />
      </p>
      <p className="break-words text-ink-muted">
        Made by {visible(by)}, <Time at={at} as="ago" />: {visible(reason)}
      </p>
      {ended && (
        <p className="break-words text-ink-muted">
          Ended by {visible(ended.by)}, <Time at={ended.at} as="ago" />: {visible(ended.reason)}
        </p>
      )}
    </div>
  )
}
