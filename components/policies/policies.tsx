import { RefreshOn } from '#components/shell/live.tsx'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { PoliciesView } from '#lib/policies/loaders.ts'
import { ProposalPanel } from './proposal.tsx'

const stateWords = {
  open: 'Open',
  'in-force': 'Came into force',
  rejected: 'Rejected',
  void: 'Void',
} as const

/** Who must approve what: the rules in force, the change that waits for two people, and what was decided before. */
export function Policies({ view }: { view: PoliciesView }) {
  const { rules, since, proposal, past, before, next } = view
  return (
    <>
      <RefreshOn names={[{ instance: '*' }]} />
      <PageHeader title="Policies">
        <p className="text-sm">
          Policies are written in the configuration and come into force when two people agree to them here.
          Releases that are open keep the policy they were requested under.
        </p>
      </PageHeader>
      {proposal && <ProposalPanel of={proposal} />}
      <Panel
        title="In force"
        note={
          since && (
            <>
              since <Time at={since.at} as="ago" />
            </>
          )
        }
      >
        {rules.length === 0 ? (
          <Empty kind="nothing-yet" title="No rules">
            Where no rule says anything, two people approve every release.
          </Empty>
        ) : (
          <Rows>
            {rules.map((lines, place) => (
              <li key={lines.join('\n')} className="grid gap-1 px-4 py-3 text-sm">
                <p className="font-medium">
                  {place + 1}. {visible(capital(lines[0] ?? ''))}
                </p>
                <ul className="grid gap-0.5 text-ink-muted">
                  {lines.slice(1).map((line) => (
                    <li key={line}>{visible(capital(line.trim()))}</li>
                  ))}
                </ul>
              </li>
            ))}
          </Rows>
        )}
      </Panel>
      {past.length > 0 && (
        <Panel title="Earlier changes" className="mt-4">
          <Rows>
            {past.map(({ id, at, state, votes }) => (
              <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3 text-sm">
                <Chip tone={state === 'in-force' ? 'positive' : 'neutral'}>{stateWords[state]}</Chip>
                <span>
                  Proposed <Time at={at} as="ago" />
                </span>
                <span className="text-ink-muted">
                  {votes
                    .map(({ name, kind }) => `${visible(name)} ${kind === 'approve' ? 'agreed' : 'rejected'}`)
                    .join(', ')}
                </span>
              </li>
            ))}
          </Rows>
        </Panel>
      )}
      {(before || next) && (
        <Pager
          summary="Changes, newest first"
          previous={before ? paths.policies() : undefined}
          next={next ? paths.policies({ before: next }) : undefined}
        />
      )}
    </>
  )
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
