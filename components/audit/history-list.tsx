import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import type { HistoryEntry } from '#lib/audit/data.ts'
import { textsOf } from '#lib/audit/history.ts'
import type { HistoryQuery } from '#lib/audit/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { proofLook } from './log-look.ts'

type ListProps = { entries: readonly HistoryEntry[]; query: HistoryQuery }

function EntryLink({ seq, query }: { seq: number; query: HistoryQuery }) {
  const open = query.entry === seq
  return (
    <Link
      href={paths.history(textsOf(query, { entry: open ? undefined : seq }))}
      aria-current={open ? 'true' : undefined}
      aria-label={`Entry ${seq.toLocaleString('en')}`}
      className="-my-1 relative inline-block min-w-6 py-1 pointer-coarse:after:absolute pointer-coarse:after:-inset-x-2.5 pointer-coarse:after:-inset-y-2.5 font-mono text-ink-muted text-xs hover:text-ink hover:underline aria-[current]:text-accent"
    >
      {seq.toLocaleString('en')}
    </Link>
  )
}

const When = ({ at }: { at: string | null }) => (at ? <Time at={at} as="seconds" /> : <>unknown</>)

/** What an entry is about, with links to it. */
export function On({ entry }: { entry: Pick<HistoryEntry, 'on' | 'subject' | 'type'> }) {
  const { on, subject, type } = entry
  const link =
    'relative text-ink-muted hover:text-ink hover:underline pointer-coarse:after:absolute pointer-coarse:after:-inset-y-3 pointer-coarse:after:inset-x-0'
  if (!on && !subject.release)
    return <span className="text-ink-faint">{type === 'log.read' ? 'History' : 'Countersign'}</span>
  return (
    <span className="inline-flex flex-wrap gap-x-2">
      {on &&
        (subject.application ? (
          <Link href={paths.application(subject.application)} className={link}>
            {visible(on)}
          </Link>
        ) : (
          <span>{visible(on)}</span>
        ))}
      {subject.release && (
        <Link href={paths.release(subject.release)} className={link}>
          Release
        </Link>
      )}
    </span>
  )
}

/** Entries as rows; on a phone they are cards instead. */
export function HistoryTable({ entries, query }: ListProps) {
  return (
    <div className="max-md:hidden">
      <Table caption="Entries of the log, newest first" list>
        <Thead>
          <Th>#</Th>
          <Th>When</Th>
          <Th>Who</Th>
          <Th>What</Th>
          <Th>On</Th>
          <Th>Proof</Th>
        </Thead>
        <tbody>
          {entries.map((entry) => (
            <Tr key={entry.seq} className={query.entry === entry.seq ? 'bg-sunken' : undefined}>
              <Td row className="whitespace-nowrap">
                <EntryLink seq={entry.seq} query={query} />
              </Td>
              <Td className="whitespace-nowrap text-ink-muted">
                <When at={entry.at} />
              </Td>
              <Td className="max-w-48 truncate text-ink">{visible(entry.who)}</Td>
              <Td className="text-ink">
                <span className="line-clamp-2 break-words">{visible(entry.what)}</span>
              </Td>
              <Td className="whitespace-nowrap">
                <On entry={entry} />
              </Td>
              <Td>
                <Chip look={proofLook[entry.proof]} />
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </div>
  )
}

export function HistoryCards({ entries, query }: ListProps) {
  return (
    <ul className="divide-y divide-line md:hidden" aria-label="Entries of the log, newest first">
      {entries.map((entry) => (
        <li key={entry.seq} className="grid gap-1 px-4 py-3 text-sm">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-muted text-xs">
            <EntryLink seq={entry.seq} query={query} />
            <When at={entry.at} />
            <Chip look={proofLook[entry.proof]} className="ml-auto" />
          </div>
          <p className="min-w-0 break-words text-ink">
            <span className="font-medium">{visible(entry.who)}</span>{' '}
            <span className="line-clamp-3">{visible(entry.what)}</span>
          </p>
          <On entry={entry} />
        </li>
      ))}
    </ul>
  )
}
