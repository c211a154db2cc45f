import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Chip, Status } from '#components/status/status.tsx'
import { healthLook, relationLook, syncLook } from '#components/status/tones.ts'
import { visible } from '#components/ui/visible.ts'
import type { Cell } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { cellLook } from './look.ts'

/** What runs; words where nobody knows. */
export function Version({ cell }: { cell: Cell }) {
  if (cell.version === null) return <span className="text-ink-muted">cannot tell</span>
  return (
    <span title={visible(cell.version)} className="min-w-0 truncate font-mono text-ink">
      {visible(cell.version)}
    </span>
  )
}

/** The relation as a chip. `quiet` leaves the usual one, equal to the environment before, without a ground. */
export function RelationChip({ cell, quiet = false }: { cell: Cell; quiet?: boolean }) {
  const { relation } = cell
  // The version says it already.
  if (!relation || (cell.version === null && relation.kind === 'cannot-tell')) return null
  const look = cellLook(relation)
  if (quiet && relation.kind === 'same') return <span className="text-ink-faint text-xs">{look.label}</span>
  const why = cell.problem ?? cell.why
  if (relation.kind === 'frozen') return <FrozenChip until={relation.until} />
  return (
    <>
      <Chip look={look} {...(why && { title: visible(why) })} />
      {cell.frozen && <FrozenChip until={cell.frozen.until} />}
    </>
  )
}

/** A freeze or a shut deployment window holds releases back. */
function FrozenChip({ until }: { until: string | null }) {
  return (
    <Chip look={relationLook({ kind: 'frozen', until: null })}>
      Frozen
      {until && (
        <>
          {' '}
          until <Time at={until} as="clock" />
        </>
      )}
    </Chip>
  )
}

/** Health, and since when: what is well counts from its deployment, what is not from when that began. */
export function HealthStatus({ cell, className }: { cell: Cell; className?: string }) {
  const at = cell.asOf ?? (cell.health === 'Healthy' ? cell.deployedAt : cell.healthSince)
  return (
    <Status look={healthLook(cell.health)} {...(className && { className })}>
      {at ? <Age cell={cell} at={at} /> : undefined}
    </Status>
  )
}

function Age({ cell, at }: { cell: Cell; at: string }) {
  if (cell.asOf)
    return (
      <>
        as of <Time at={at} as="clock" />, unreachable
      </>
    )
  return <Time at={at} />
}

/** The sync status where it is not what everybody expects; read out in any case. */
export function SyncWord({ cell }: { cell: Cell }) {
  const { label } = syncLook(cell.sync)
  if (cell.sync === 'Synced') return <span className="sr-only">{label}</span>
  const word = cell.sync === 'OutOfSync' ? 'out of sync' : `sync ${label.toLowerCase()}`
  return <span className="shrink-0 text-ink-faint text-xs">{word}</span>
}

/** One application in the matrix, two lines: what runs and how it stands; health, since when, sync. */
export function MatrixCell({ cell, quiet }: { cell: Cell; quiet: boolean }) {
  return (
    <Link
      href={paths.application(cell.application)}
      prefetch={false}
      className="-mx-1 block rounded-sm px-1 hover:[&_[data-version]]:underline"
    >
      <span data-version="" className="flex min-h-5 items-center gap-x-2">
        <Version cell={cell} />
        <RelationChip cell={cell} quiet={quiet} />
        {cell.more > 0 && <span className="shrink-0 text-ink-faint text-xs">and {cell.more} more</span>}
      </span>
      <span className="mt-0.5 flex items-center gap-2">
        <HealthStatus cell={cell} />
        <SyncWord cell={cell} />
      </span>
    </Link>
  )
}
