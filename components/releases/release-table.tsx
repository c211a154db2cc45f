import Link from 'next/link'
import type { ReactNode } from 'react'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { releaseLook } from '#components/status/tones.ts'
import { cn } from '#components/ui/cn.ts'
import { stacked } from '#components/ui/stacked.ts'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { ReleaseRow } from '#lib/releases/data.ts'
import { approvals, isOpen } from '#lib/releases/release.ts'
import { place } from './words.ts'

type ReleaseTableProps = {
  caption: string
  releases: readonly ReleaseRow[]
  /** The bar at the left: these wait for the viewer. */
  mine?: boolean
  /** A last column of words about a row, such as why it is not for the viewer. */
  note?: { head: string; of: (release: ReleaseRow) => ReactNode }
}

/** Releases, one a row; the first link of a row opens it. */
export function ReleaseTable({ caption, releases, mine = false, note }: ReleaseTableProps) {
  const lastHead = note?.head ?? (releases.every(({ finishedAt }) => finishedAt === null) ? 'Ends' : 'Ended')
  return (
    <Table caption={caption} list className={stacked}>
      <Thead>
        <Th>Service</Th>
        <Th>Environment</Th>
        <Th>Version</Th>
        <Th>State</Th>
        <Th>Requester</Th>
        <Th>Asked</Th>
        <Th>{lastHead}</Th>
      </Thead>
      <tbody>
        {releases.map((release) => (
          <Row
            key={release.id}
            release={release}
            mine={mine}
            lastHead={lastHead}
            wide={note !== undefined}
            last={note?.of(release) ?? ending(release)}
          />
        ))}
      </tbody>
    </Table>
  )
}

const ending = ({ state, notAfter, finishedAt }: ReleaseRow) =>
  finishedAt ? (
    <Time at={finishedAt} as="ago" />
  ) : (
    state === 'requested' && (
      <>
        expires <Time at={notAfter} as="ago" />
      </>
    )
  )

type RowProps = { release: ReleaseRow; mine: boolean; lastHead: string; last: ReactNode; wide: boolean }

function Row({ release, mine, lastHead, last, wide }: RowProps) {
  const { service, environment } = release.application
  const { from, to } = release.version
  const tally = { approved: approvals(release), required: release.requiredApprovals }
  return (
    <Tr mine={mine}>
      <Td row className="max-md:col-span-2 max-md:pl-0! md:whitespace-nowrap">
        <Link href={paths.release(release.id)} className="font-medium hover:underline">
          {visible(service)}
        </Link>
      </Td>
      <Td data-column="Environment" className="whitespace-nowrap">
        {visible(place(environment, release.target))}
      </Td>
      <Td data-column="Version" className="whitespace-nowrap font-mono text-xs">
        {from && from !== to && <span className="text-ink-faint">{visible(from)} → </span>}
        {visible(to)}
        {release.rollback && <span className="ml-2 font-sans text-ink-muted">rollback</span>}
      </Td>
      <Td data-column="State" className="md:whitespace-nowrap">
        <Chip look={releaseLook(release.state, tally)} />
        {isOpen(release.state) && release.waitingFor && (
          <span className="ml-2 text-ink-muted text-xs">{visible(release.waitingFor)}</span>
        )}
      </Td>
      <Td data-column="Requester" className="whitespace-nowrap">
        {visible(release.requester.name)}
      </Td>
      <Td data-column="Asked" className="whitespace-nowrap text-ink-muted">
        <Time at={release.createdAt} as="ago" />
      </Td>
      <Td
        data-column={lastHead}
        className={cn('text-ink-muted max-md:empty:hidden md:min-w-40', wide && 'max-md:col-span-2')}
      >
        {last}
      </Td>
    </Tr>
  )
}
