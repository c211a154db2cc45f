import Link from 'next/link'
import { span } from '#components/shell/relative.ts'
import { Chip, Status } from '#components/status/status.tsx'
import { healthLook } from '#components/status/tones.ts'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Td, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ComparedRow, Pair } from '#lib/comparison/comparison.ts'
import type { CellThen } from '#lib/past/schema.ts'
import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'
import { paths } from '#lib/platform/paths.ts'
import { differenceLook } from './difference-words.ts'

type Props = {
  row: ComparedRow
  pair: Pair
  /** The first pair of its service says the name. */
  first: boolean
  names: readonly [string, string]
  times: readonly [Instant, Instant]
  open: boolean
  href: string
}

/** One service, or one target of it, on both sides. */
export function PairRow({ row, pair, first, names, times, open, href }: Props) {
  const { left, right, difference } = pair
  const look = differenceLook(difference, ...names)
  return (
    <Tr>
      <Td row className="align-top">
        <Link
          href={paths.service(row.service)}
          prefetch={false}
          className={first ? 'block rounded-sm font-medium hover:underline' : 'sr-only'}
        >
          {visible(row.service)}
        </Link>
        {first && <span className="text-ink-muted text-xs">{row.team ? visible(row.team) : 'no team'}</span>}
      </Td>
      <Td data-column={names[0]} className="min-w-40 align-top">
        <SideCell cell={left} at={times[0]} />
      </Td>
      <Td className="whitespace-nowrap align-top max-md:col-start-2 max-md:row-start-1 max-md:justify-self-end">
        {difference.kind === 'same' ? (
          <span className="text-ink-faint text-xs">{look.label}</span>
        ) : (
          <Chip look={look} />
        )}
      </Td>
      <Td data-column={names[1]} className="min-w-40 align-top">
        <SideCell cell={right} at={times[1]} />
      </Td>
      <Td end className="align-top empty:hidden max-md:col-span-2">
        {left && right && difference.kind !== 'same' && (
          <ButtonLink
            size="sm"
            variant="quiet"
            prefetch={false}
            scroll={false}
            href={href}
            aria-expanded={open}
          >
            {open ? 'Close' : 'What lies between'}
            <span className="sr-only"> of {visible(row.service)}</span>
          </ButtonLink>
        )}
      </Td>
    </Tr>
  )
}

function SideCell({ cell, at }: { cell: CellThen | null; at: Instant }) {
  if (!cell || (cell.deployedAt === null && cell.absence === null))
    return <span className="text-ink-faint text-xs">not deployed here</span>
  const { version, target, deployedAt, health, absence } = cell
  return (
    <div className="grid gap-0.5 text-xs">
      <span className="flex min-h-5 flex-wrap items-center gap-x-2">
        {target !== null && <span className="text-ink-muted">{visible(target)}</span>}
        <Link
          href={paths.application(cell.application)}
          prefetch={false}
          className="rounded-sm text-sm hover:underline"
        >
          {version === null ? (
            <span className="text-ink-muted">cannot tell</span>
          ) : (
            <span className="break-all font-mono">{visible(version)}</span>
          )}
        </Link>
      </span>
      <span className="flex flex-wrap items-center gap-x-2 text-ink-muted">
        {health === null ? 'health not known' : <Status look={healthLook(health)} />}
        {deployedAt && (
          <span className="text-ink-faint">for {span(millisecondsBetween(deployedAt, at) / 1000)}</span>
        )}
      </span>
      {absence !== null && <span className="text-ink-muted">{absence}</span>}
    </div>
  )
}
