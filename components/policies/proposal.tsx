import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { cn } from '#components/ui/cn.ts'
import { Panel } from '#components/ui/panel.tsx'
import { stacked } from '#components/ui/stacked.ts'
import { Table, Td, Th, Thead } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { PoliciesView, PolicyLine } from '#lib/policies/loaders.ts'
import { DecidePolicy } from './decide-policy.tsx'

type Proposed = NonNullable<PoliciesView['proposal']>

const marks = { same: ' ', added: '+', removed: '−' } as const
const spoken = { same: '', added: 'added: ', removed: 'removed: ' } as const

/** Rules before and after, line by line. */
function Lines({ lines }: { lines: readonly PolicyLine[] }) {
  const keyed = lines.map((line, place) => ({ ...line, key: `${place} ${line.text}` }))
  return (
    <ol
      aria-label="What changes in the rules"
      className="overflow-x-auto rounded-md bg-sunken py-2 font-mono text-xs"
    >
      {keyed.map(({ key, kind, text }) => (
        <li
          key={key}
          className={cn(
            'whitespace-pre px-3 leading-5',
            kind === 'added' && 'bg-positive-soft text-positive',
            kind === 'removed' && 'bg-negative-soft text-negative',
          )}
        >
          <span aria-hidden="true">{marks[kind]} </span>
          <span className="sr-only">{spoken[kind]}</span>
          {visible(text)}
        </li>
      ))}
    </ol>
  )
}

const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`

/** What the proposed rules would have asked of releases that were. */
function Simulation({ of: { simulated, different, cut } }: { of: Proposed }) {
  const { releases, same, more, fewer, lacking } = simulated
  if (releases === 0)
    return (
      <p className="text-ink-muted">
        No release has ended in the last 90 days, so there is nothing to try it on.
      </p>
    )
  return (
    <div className="grid gap-3">
      <p>
        Of {plural(releases, 'release')} of the last 90 days it would have asked as many approvals of {same},
        more of {more} and <strong className="font-semibold">fewer of {fewer}</strong>.{' '}
        {lacking > 0 && `${plural(lacking, 'release')} would not have gone with the approvals they had.`}
      </p>
      {different.length > 0 && (
        <Table caption="Releases of which it would have asked something else" className={stacked}>
          <Thead>
            <Th>Release</Th>
            <Th>Approvals then</Th>
            <Th>Approvals by these rules</Th>
            <Th>Why</Th>
          </Thead>
          <tbody>
            {different.map(({ id, was, asks, raised, lacking: short, stopped }) => (
              <tr key={id}>
                <Td data-column="Release">
                  <Link href={paths.release(id)} className="font-mono text-accent text-xs hover:underline">
                    {id}
                  </Link>
                </Td>
                <Td data-column="Approvals then">{was}</Td>
                <Td data-column="Approvals by these rules">{asks}</Td>
                <Td data-column="Why" className="whitespace-normal text-ink-muted">
                  {visible(
                    [
                      ...raised,
                      ...stopped,
                      ...(short > 0 ? [`${short} short of what would have been asked`] : []),
                    ].join('; ') || 'another number of approvals',
                  )}
                </Td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {cut && <p className="text-ink-muted text-xs">The newest are shown, not all.</p>}
    </div>
  )
}

/** The change that waits for two people. */
export function ProposalPanel({ of }: { of: Proposed }) {
  const { id, at, votes, lines, refusal } = of
  const agreed = votes.filter(({ kind }) => kind === 'approve')
  return (
    <Panel
      id="proposal"
      title="Proposed change"
      aside={<Chip tone="attention">{agreed.length} of 2 agreed</Chip>}
      className="mb-4"
      padded
    >
      <div className="grid gap-4 text-sm">
        <p className="text-ink-muted">
          The configuration was changed; seen <Time at={at} as="ago" />. The policies in force stay until two
          people agree.
        </p>
        <Lines lines={lines} />
        <Simulation of={of} />
        {votes.length > 0 && (
          <ul className="grid gap-1">
            {votes.map(({ person, name, kind, reason, at: when }) => (
              <li key={person}>
                {visible(name)} {kind === 'approve' ? 'agreed' : 'rejected'} <Time at={when} as="ago" />
                {reason && <>: {visible(reason)}</>}
              </li>
            ))}
          </ul>
        )}
        <div className="flex flex-wrap gap-2">
          <DecidePolicy proposal={id} kind="approve" last={agreed.length === 1} refusal={refusal} />
          <DecidePolicy proposal={id} kind="reject" last={false} refusal={refusal} />
        </div>
      </div>
    </Panel>
  )
}
