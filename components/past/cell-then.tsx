import Link from 'next/link'
import { span } from '#components/shell/relative.ts'
import { Time } from '#components/shell/time.tsx'
import { Chip, Status } from '#components/status/status.tsx'
import { healthLook, type Look, relationLook, releaseLook, syncLook } from '#components/status/tones.ts'
import { visible } from '#components/ui/visible.ts'
import type { Relation } from '#lib/catalog/relation.ts'
import { words } from '#lib/deployments/deployment.ts'
import type { CellThen } from '#lib/past/schema.ts'
import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'
import { paths } from '#lib/platform/paths.ts'

const lookOf = (relation: Relation): Look =>
  relation.kind === 'releasing'
    ? releaseLook(relation.state)
    : relation.kind === 'differs'
      ? { tone: 'neutral', label: `≠ ${visible(relation.as)}` }
      : relationLook(relation)

const names = (list: readonly string[]) =>
  new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(list.map(visible))

/** Who or what put it there, and who had signed that. */
export function Cause({ cell }: { cell: Pick<CellThen, 'cause' | 'actor' | 'release'> }) {
  const { cause, actor, release } = cell
  if (cause === null) return null
  if (cause === 'release' && release)
    return (
      <>
        <Link
          href={paths.release(release.id)}
          prefetch={false}
          className="rounded-sm text-ink underline decoration-line-strong underline-offset-2 hover:decoration-current"
        >
          release
        </Link>{' '}
        asked for by {visible(release.requester)},{' '}
        {release.approvers.length > 0 ? `approved by ${names(release.approvers)}` : 'approved by nobody yet'}
      </>
    )
  if (cause === 'account') return `account ${visible(actor ?? 'unknown')}, says Argo CD`
  if (cause === 'automation') return 'automatic, says Argo CD'
  return 'Argo CD names nobody'
}

const knowledge = {
  'seen-live': 'seen live',
  history: 'read from history',
  inferred: 'inferred',
} as const satisfies Record<keyof typeof words.knownFrom, string>

/** One application as it was at a moment. `full` says everything in lines of their own. */
export function MomentCell({ cell, at, full = false }: { cell: CellThen; at: Instant; full?: boolean }) {
  const { version, deployedAt, until, health, sync, relation, knownFrom, absence } = cell
  const quiet = relation?.kind === 'same'
  return (
    <div className="grid gap-0.5 py-0.5 text-xs">
      <div className="flex min-h-5 flex-wrap items-center gap-x-2 gap-y-0.5">
        {cell.target !== null && <span className="text-ink-muted">{visible(cell.target)}</span>}
        <Link
          href={paths.application(cell.application)}
          prefetch={false}
          title={visible(`${cell.name} on ${cell.instance}`)}
          className="min-w-0 rounded-sm text-sm hover:underline"
        >
          {version === null ? (
            <span className="text-ink-muted">{deployedAt === null ? 'not known' : 'cannot tell'}</span>
          ) : (
            <span className="break-all font-mono text-ink">{visible(version)}</span>
          )}
        </Link>
        {relation &&
          version !== null &&
          (quiet ? (
            <span className="text-ink-faint">{lookOf(relation).label}</span>
          ) : (
            <Chip look={lookOf(relation)} />
          ))}
      </div>
      <div className="flex flex-wrap items-center gap-x-2 text-ink-muted">
        {health === null ? <span>health and sync not known</span> : <Status look={healthLook(health)} />}
        {sync !== null && (full || sync !== 'Synced') && <span>{syncLook(sync).label.toLowerCase()}</span>}
        {deployedAt && (
          <span className="text-ink-faint">for {span(millisecondsBetween(deployedAt, at) / 1000)}</span>
        )}
      </div>
      {(cell.cause !== null || until) && (
        <p className="text-ink-muted">
          {cell.cause !== null && <Cause cell={cell} />}
          {until ? (
            <>
              ; until <Time at={until} as="clock" />
            </>
          ) : (
            '; still runs'
          )}
          {knownFrom && (
            <span className="text-ink-faint" title={words.knownFrom[knownFrom]}>
              ; {knowledge[knownFrom]}
            </span>
          )}
        </p>
      )}
      {absence !== null && (full || knownFrom !== 'history') && <p className="text-ink-muted">{absence}</p>}
      {cell.open !== null && (
        <p>
          <Link
            href={paths.release(cell.open)}
            prefetch={false}
            className="rounded-sm text-ink underline decoration-line-strong underline-offset-2"
          >
            A release was open
          </Link>
        </p>
      )}
    </div>
  )
}
