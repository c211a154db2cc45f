import Link from 'next/link'
import type { ReactNode } from 'react'
import { Rollback } from '#components/releases/rollback.tsx'
import { Time } from '#components/shell/time.tsx'
import { GlyphMark } from '#components/status/glyphs.tsx'
import { Chip } from '#components/status/status.tsx'
import { type Look, toneText } from '#components/status/tones.ts'
import { Empty } from '#components/ui/empty.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Moment } from '#lib/applications/history.ts'
import type { HistoryView } from '#lib/applications/loaders.ts'
import type { PlacedDeployment } from '#lib/deployments/data.ts'
import { type Because, words } from '#lib/deployments/deployment.ts'
import { paths } from '#lib/platform/paths.ts'
import type { WaysBack } from '#lib/rollbacks/offer.ts'
import { explainNoWayBack, noWayBack } from '#lib/rollbacks/rollback.ts'
import { Span } from './history-span.tsx'
import { lifeWords } from './life.tsx'
import { operationLook } from './look.ts'
import { RevisionMeaning } from './meaning.tsx'

type Meanings = HistoryView['meanings']

function Revisions({ revisions, meanings }: { revisions: readonly string[]; meanings: Meanings }) {
  return revisions.map((revision, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: two sources may be at the same revision
    <RevisionMeaning key={at} revision={revision} meaning={meanings.get(revision)} what="revision" />
  ))
}

/** Who or what it was. Only our own releases are proven; every other name is what somebody wrote into Argo CD. */
function Cause({ cause, actor, releaseId }: Because) {
  if (cause === 'release')
    return (
      <>
        {words.cause.release}
        {releaseId && (
          <>
            :{' '}
            <Link href={paths.release(releaseId)} className="text-ink underline">
              see it
            </Link>
          </>
        )}
      </>
    )
  return (
    <>
      {words.cause[cause]}
      {actor && cause === 'account' && (
        <>
          : <span className="text-ink">{visible(actor)}</span>. A name there proves nothing
        </>
      )}
    </>
  )
}

function Entry({
  look,
  title,
  when,
  children,
}: {
  look: Look
  title: ReactNode
  when: ReactNode
  children?: ReactNode
}) {
  return (
    <li className="grid grid-cols-[1rem_1fr] gap-x-3 gap-y-1 px-4 py-3 text-sm sm:grid-cols-[1rem_1fr_auto]">
      <span className="flex h-[1.125rem] items-center">
        {look.glyph && <GlyphMark glyph={look.glyph} className={toneText[look.tone]} />}
      </span>
      <div className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5">{title}</div>
      <div className="text-ink-muted text-xs max-sm:col-start-2 sm:text-right">{when}</div>
      {children && <div className="col-start-2 grid min-w-0 gap-1 sm:col-end-4">{children}</div>}
    </li>
  )
}

const kinds = { sync: 'Sync', partial: 'Sync of some resources', 'dry-run': 'Dry run' } as const
const ran: Look = { tone: 'positive', glyph: 'disc', label: 'Deployed' }
const passed: Look = { tone: 'neutral', glyph: 'ring', label: 'Deployed' }
const event: Look = { tone: 'paused', glyph: 'square', label: 'Event' }

/** The button that brings an earlier deployment back; none where nobody takes releases. */
function BringBack({ deployment, ways }: { deployment: PlacedDeployment; ways: WaysBack | null }) {
  if (!ways || (deployment.to === null && !ways.current?.halfway)) return null
  const none = noWayBack({ ...deployment, inferred: deployment.knownFrom === 'inferred' }, ways.current)
  const { application, service, place, refusal } = ways
  return (
    <div className="pt-1">
      <Rollback
        {...{ application, service, place }}
        deployment={deployment.id}
        version={deployment.version ?? 'unknown version'}
        label="Bring this back…"
        size="sm"
        refusal={none ? explainNoWayBack(none) : refusal}
      />
    </div>
  )
}

type OneProps = { moment: Moment; meanings: Meanings; ways: WaysBack | null }

function One({ moment, meanings, ways }: OneProps) {
  if (moment.kind === 'deployment') {
    const { version, from, to, syncStartedAt, revisions, knownFrom } = moment.deployment
    return (
      <Entry
        look={to === null ? ran : passed}
        title={
          <>
            <span className="font-medium font-mono">{visible(version ?? 'unknown version')}</span>
            {to === null && <Chip tone="positive">runs now</Chip>}
          </>
        }
        when={
          <>
            <Time at={from} as="clock" />
            {to && (
              <>
                {' to '}
                <Time at={to} as="clock" />
              </>
            )}
          </>
        }
      >
        <Revisions revisions={revisions} meanings={meanings} />
        <p className="text-ink-muted text-xs">
          <Cause {...moment.deployment} />. {words.knownFrom[knownFrom]}
          {syncStartedAt && (
            <>
              ; the sync took <Span from={syncStartedAt} to={from} />
            </>
          )}
          {to && (
            <>
              ; it ran for <Span from={from} to={to} />
            </>
          )}
          .
        </p>
        <BringBack deployment={moment.deployment} ways={ways} />
      </Entry>
    )
  }
  if (moment.kind === 'attempt') {
    const { attempt } = moment
    const look = operationLook(attempt.phase)
    return (
      <Entry
        look={look}
        title={
          <>
            <span className="font-medium">{kinds[attempt.kind]}</span>
            <span className="text-ink-muted">{look.label.toLowerCase()}, deployed nothing</span>
          </>
        }
        when={<Time at={attempt.startedAt} as="clock" />}
      >
        {attempt.message && <p className="max-h-40 overflow-auto break-words">{visible(attempt.message)}</p>}
        <Revisions revisions={attempt.revisions} meanings={meanings} />
        <p className="text-ink-muted text-xs">
          <Cause {...attempt} />
          {attempt.finishedAt && (
            <>
              ; it took <Span from={attempt.startedAt} to={attempt.finishedAt} />
            </>
          )}
          .
        </p>
      </Entry>
    )
  }
  const { life } = moment
  const said =
    moment.kind === 'went' && life.ended ? lifeWords.ended[life.ended] : lifeWords.began[life.began]
  const other = moment.kind === 'went' ? life.renamedTo : life.renamedFrom
  return (
    <Entry look={event} title={<span>{said}</span>} when={<Time at={moment.at} as="clock" />}>
      {other && (
        <p className="text-ink-muted text-xs">
          Most likely {moment.kind === 'went' ? 'it went on as' : 'it was'}{' '}
          <Link href={paths.application(other.id)} className="text-ink underline">
            {visible(other.name)}
          </Link>
          .
        </p>
      )}
    </Entry>
  )
}

/** Everything that ran here and everything that was tried, newest first; older pages by key, with no end. */
export function HistoryPanel({
  id,
  view: { moments, meanings, next, older },
  ways,
}: {
  id: string
  view: HistoryView
  ways: WaysBack | null
}) {
  if (moments.length === 0)
    return (
      <Panel>
        <Empty
          kind="nothing-yet"
          title={older ? 'There is nothing older' : 'Nothing is known to have run here'}
        >
          {!older && 'What Argo CD remembers is read at the first look, and from then on everything is kept.'}
        </Empty>
      </Panel>
    )
  const part = (before: string | undefined) => paths.application(id, { tab: 'history', before })
  return (
    <>
      <Panel title="History" note={older ? 'older' : 'newest first'}>
        <Rows>
          {moments.map((moment) => (
            <One key={`${moment.kind} ${moment.at}`} moment={moment} meanings={meanings} ways={ways} />
          ))}
        </Rows>
      </Panel>
      <Pager
        summary={next ? 'Kept for ever: older ones follow' : 'This is the first that is known'}
        previous={older ? part(undefined) : undefined}
        next={next ? part(next) : undefined}
      />
    </>
  )
}
