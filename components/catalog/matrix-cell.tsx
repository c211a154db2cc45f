import { Time } from '#components/shell/time.tsx'
import { healthLook, relationLook, syncLook, toneSoft } from '#components/status/tones.ts'
import { cn } from '#components/ui/cn.ts'
import { visible } from '#components/ui/visible.ts'
import type { Cell } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { glyphBefore } from './glyph-style.ts'
import type { Entry } from './groups.ts'
import { cellLook } from './look.ts'

const words = (relation: { kind: string }, label: string, compact: boolean) =>
  compact && relation.kind === 'coming' ? 'Change coming' : label

type RelationProps = { cell: Cell; quiet: boolean; compact: boolean }

function Relation({ cell, quiet, compact }: RelationProps) {
  const { relation } = cell
  // The version says it already.
  if (!relation || (cell.version === null && relation.kind === 'cannot-tell')) return null
  const look = cellLook(relation)
  const { label, tone } = look
  // One line has no room to say of most cells that all is as it should be: a sign behind the version does.
  if (compact && relation.kind === 'same') return null
  // Equal to the environment before is what everybody hopes for: only where it matters does it have a ground.
  if (quiet && relation.kind === 'same')
    return <span className="min-w-0 truncate text-ink-faint text-xs">{label}</span>
  return (
    <em
      className={cn(
        'inline-flex h-5 items-center gap-1 overflow-hidden whitespace-nowrap rounded-sm px-1.5 font-medium text-xs not-italic forced-colors:border',
        toneSoft[tone],
        cell.mine && 'shrink-0',
        (cell.mine || !compact) && glyphBefore(look),
      )}
    >
      {relation.kind === 'frozen' && relation.until ? (
        <>
          Frozen until <Time at={relation.until} as="clock" />
        </>
      ) : (
        words(relation, label, compact)
      )}
    </em>
  )
}

/** Since when it is as it is: what is well counts from its deployment, what is not from when that began. */
function Age({ cell, compact }: { cell: Cell; compact: boolean }) {
  if (cell.asOf)
    return (
      <span className="shrink-0 text-ink-faint">
        as of <Time at={cell.asOf} as="clock" />
        {!compact && ', unreachable'}
      </span>
    )
  const at = cell.health === 'Healthy' ? cell.deployedAt : cell.healthSince
  return at ? <Time at={at} className="shrink-0 text-ink-faint" /> : null
}

const frozenLook = relationLook({ kind: 'frozen', until: null })

/** Releases are held back, where the relation has something else to say. */
function Frozen({ cell: { frozen, relation }, compact = false }: { cell: Cell; compact?: boolean }) {
  if (!frozen || relation?.kind === 'frozen') return null
  return (
    <span className={cn('inline-flex shrink-0 items-center gap-1 text-paused', glyphBefore(frozenLook))}>
      <span className={cn(compact && 'sr-only')}>
        {frozenLook.label.toLowerCase()}
        {frozen.until && (
          <>
            {' '}
            until <Time at={frozen.until} as="clock" />
          </>
        )}
      </span>
    </span>
  )
}

const outOfSync = (cell: Cell) =>
  cell.sync === 'OutOfSync' ? 'out of sync' : `sync ${syncLook(cell.sync).label.toLowerCase()}`

/** What there was no room for, on hover. */
function details({ cell }: Entry): string {
  const { version, revisions, sync, relation, asOf, frozen, problem, why, name, more } = cell
  return [
    revisions.length > 1 ? revisions.join(' · ') : (version ?? 'cannot tell'),
    syncLook(sync).label,
    relation && cellLook(relation).label,
    asOf && 'its Argo CD is unreachable',
    frozen && frozenLook.label,
    problem ?? why,
    more > 0 && `${name} and ${more} more`,
  ]
    .flatMap((part) => (part ? visible(part) : []))
    .join('\n')
}

/** The words are in the details, and in every other density. */
const equal = "after:ml-2 after:text-ink-faint after:content-['=']"

type MatrixCellProps = { entry: Entry; quiet: boolean; compact: boolean }

/**
 * One application: what runs and how it stands to the environment before; health, since when, sync. Its link
 * is followed by the matrix, see there.
 */
export function MatrixCell({ entry, quiet, compact }: MatrixCellProps) {
  const { cell, where, rest } = entry
  const look = healthLook(cell.health)
  const more = (count: number) => (compact ? `+${count}` : `and ${count} more`)
  const others = [where && visible(where), rest && more(rest), cell.more > 0 && more(cell.more)].filter(
    Boolean,
  )
  const what = (
    <>
      <b
        className={cn(
          'truncate font-normal text-ink',
          compact ? 'min-w-[8ch]' : 'min-w-10',
          compact && cell.relation?.kind === 'same' && equal,
          cell.version === null ? 'text-ink-muted' : 'font-mono',
        )}
      >
        {cell.version === null ? 'cannot tell' : visible(cell.version)}
      </b>
      <Relation cell={cell} quiet={quiet} compact={compact} />
      {compact && <Frozen cell={cell} compact />}
      {others.length > 0 && <span className="shrink-0 text-ink-faint text-xs">{others.join(' ')}</span>}
    </>
  )
  const props = { href: paths.application(cell.application), title: details(entry) }
  if (compact)
    return (
      <a
        {...props}
        className="-mx-1 flex h-6 items-center overflow-hidden gap-x-1.5 rounded-sm px-1 text-ink-muted text-xs hover:[&_b]:underline"
      >
        {what}
        <i
          className={cn(
            'ml-auto inline-flex min-w-3.5 items-center gap-1 overflow-hidden not-italic',
            cell.health !== 'Healthy' && 'shrink-0',
            glyphBefore(look),
          )}
        >
          {look.label}
        </i>
        {!cell.mine && (cell.relation?.kind ?? 'same') === 'same' && <Age cell={cell} compact />}
      </a>
    )
  return (
    <a {...props} className="-mx-1 block rounded-sm px-1 hover:[&_b]:underline">
      <span className="flex h-5 items-center gap-x-2">{what}</span>
      <span
        className={cn(
          'flex h-4.5 items-center gap-x-1.5 whitespace-nowrap text-ink-muted text-xs',
          glyphBefore(look),
        )}
      >
        {look.label}
        <Age cell={cell} compact={false} />
        <Frozen cell={cell} />
        {cell.sync !== 'Synced' && <span className="truncate text-ink-faint">{outOfSync(cell)}</span>}
      </span>
    </a>
  )
}
