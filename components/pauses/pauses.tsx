import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { PausesView } from '#lib/pauses/loaders.ts'
import { type Pause, placeWords } from '#lib/pauses/pause.ts'
import { paths } from '#lib/platform/paths.ts'
import { EndPause } from './end-pause.tsx'
import { StartPause } from './start-pause.tsx'

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function PauseWords({ pause: { place, reason, by, at, ended } }: { pause: Pause }) {
  const title = visible(capital(placeWords(place)))
  return (
    <div className="grid min-w-0 grow gap-1">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {place.scope === 'application' ? (
          <Link href={paths.application(place.id)} className="font-medium text-accent hover:underline">
            {title}
          </Link>
        ) : (
          <span className="font-medium">{title}</span>
        )}
        <Chip tone={ended ? 'neutral' : 'attention'}>{ended ? 'Resumed' : 'Paused'}</Chip>
      </div>
      <p className="break-words text-ink-muted">
        Paused by {visible(by)}, <Time at={at} as="ago" />: {visible(reason)}
      </p>
      {ended && (
        <p className="break-words text-ink-muted">
          Resumed by {visible(ended.by)}, <Time at={ended.at} as="ago" />: {visible(ended.reason)}
        </p>
      )}
    </div>
  )
}

/** The pause switch: what is paused now, what was, and the way to stop releases. */
export function Pauses({ view }: { view: PausesView }) {
  const { on, past, before, next, places, refusal } = view
  return (
    <>
      <PageHeader title="Pauses" actions={<StartPause places={places} refusal={refusal} />}>
        <p className="text-sm">
          While releases are paused no sync starts. Approvals stay, and what is approved goes on by itself
          afterwards.
        </p>
      </PageHeader>
      <Panel title="On now">
        {on.length > 0 ? (
          <Rows>
            {on.map((pause) => (
              <li key={pause.id} className="flex flex-wrap items-start gap-3 px-4 py-3 text-sm">
                <PauseWords pause={pause} />
                <EndPause pause={pause.id} what={visible(placeWords(pause.place))} refusal={pause.refusal} />
              </li>
            ))}
          </Rows>
        ) : (
          <Empty kind="nothing-yet" title="Nothing is paused">
            Approved releases start as soon as their checks pass.
          </Empty>
        )}
      </Panel>
      {past.length > 0 && (
        <Panel title="Past" className="mt-4">
          <Rows>
            {past.map((pause) => (
              <li key={pause.id} className="px-4 py-3 text-sm">
                <PauseWords pause={pause} />
              </li>
            ))}
          </Rows>
        </Panel>
      )}
      {(before || next) && (
        <Pager
          summary="Past pauses, newest first"
          previous={before ? paths.pauses() : undefined}
          next={next ? paths.pauses({ before: next }) : undefined}
        />
      )}
    </>
  )
}
