import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Copyable } from '#components/ui/copyable.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ApplicationView } from '#lib/plans/loaders.ts'

type Observed = NonNullable<ApplicationView['observed']>

function Sources({ observed }: { observed: Observed }) {
  return observed.sources.map((source, index) => (
    <div key={`${source.repoURL} ${observed.targetRevisions[index]}`} className="break-words">
      {visible(source.repoURL)}{' '}
      <span className="text-ink-muted">at {visible(observed.targetRevisions[index] ?? 'HEAD')}</span>
    </div>
  ))
}

function Revisions({ revisions, what }: { revisions: readonly string[]; what: string }) {
  if (revisions.length === 0) return 'unknown'
  return revisions.map((revision) => <Copyable key={revision} value={revision} what={what} />)
}

/** What Argo CD says of the application, and how fresh that is. */
export function ApplicationFacts({ view }: { view: ApplicationView }) {
  const { application, running, observed } = view
  const destination = observed?.destination
  const syncing = application.automated ? 'Automatic' : 'Manual'
  return (
    <Panel title="Application" padded>
      <Facts
        facts={[
          { name: 'Name', value: visible(application.name) },
          { name: 'Project', value: visible(application.project) || 'unknown' },
          ...(application.team ? [{ name: 'Team', value: visible(application.team) }] : []),
          {
            name: 'Destination',
            value: destination
              ? visible(
                  [destination.name ?? destination.server, destination.namespace].filter(Boolean).join(' / '),
                )
              : 'unknown',
          },
          { name: 'Sources', value: observed ? <Sources observed={observed} /> : 'unknown' },
          { name: 'Runs', value: <Revisions revisions={running.revisions} what="revision that runs" /> },
          {
            name: 'Git says',
            value: <Revisions revisions={observed?.desiredRevisions ?? []} what="revision that Git says" />,
          },
          {
            name: 'Deployed',
            value: application.deployedAt ? <Time at={application.deployedAt} as="ago" /> : 'not known',
          },
          {
            name: 'Sync',
            value: `${syncing}. ${visible(application.comingReason ?? 'What happens next is not known')}.`,
          },
          {
            name: 'Last seen',
            value: (
              <>
                <Time at={running.observedAt} as="ago" /> on {visible(running.instance.name)}
              </>
            ),
          },
        ]}
      />
    </Panel>
  )
}

/** Argo CD's own words about what is wrong, never ours. */
export function Conditions({ observed }: { observed: Observed | null }) {
  if (!observed || observed.conditions.length === 0) return null
  return (
    <Panel title="Argo CD says" note={`${observed.conditions.length}`}>
      <Rows>
        {observed.conditions.map(({ type, message, since }) => (
          <li key={`${type} ${message}`} className="px-4 py-2 text-sm">
            <p className="font-medium">
              {visible(type)}
              {since && (
                <span className="ml-2 font-normal text-ink-faint">
                  <Time at={since} as="ago" />
                </span>
              )}
            </p>
            <p className="break-words text-ink-muted">{visible(message)}</p>
          </li>
        ))}
      </Rows>
    </Panel>
  )
}

/** Why there is no plan to show, or why the one shown may be old. */
export function PlanNotice({ view }: { view: ApplicationView }) {
  const { application, plan, planProblem, planCheckedAt } = view
  const checked = planCheckedAt && (
    <>
      {' '}
      Looked at <Time at={planCheckedAt} as="ago" />.
    </>
  )
  if (application.gone)
    return <Callout tone="paused" title="Argo CD no longer has this application" className="mb-4" />
  if (application.problem)
    return (
      <Callout tone="attention" title="This application was not understood" className="mb-4">
        {visible(application.problem)}
      </Callout>
    )
  if (planProblem)
    return (
      <Callout
        tone="attention"
        title={plan ? 'The plan could not be made anew' : 'No plan could be made'}
        className="mb-4"
      >
        {visible(planProblem)}
        {checked}
      </Callout>
    )
  if (plan) return null
  if (!application.service)
    return (
      <Callout tone="attention" title="No rule says which service this is" className="mb-4">
        {visible(application.unmappedReason ?? 'Add a rule to countersign.yaml.')}
      </Callout>
    )
  if (!application.protected)
    return (
      <Callout
        tone="neutral"
        title={`${visible(application.environment ?? '')} rolls out without a release`}
        className="mb-4"
      >
        Plans are made for protected environments only.
        {application.comingReason && ` ${visible(application.comingReason)}.`}
      </Callout>
    )
  if (application.coming === 'in-sync')
    return (
      <Callout tone="positive" title="In sync: there is nothing to release" className="mb-4">
        It runs what Git says.{checked}
      </Callout>
    )
  return (
    <Callout
      tone={application.coming === 'cannot-tell' ? 'attention' : 'neutral'}
      title={
        application.coming === 'cannot-tell' ? 'No plan: nobody can tell what would change' : 'No plan yet'
      }
      className="mb-4"
    >
      {visible(application.comingReason ?? 'What would change, nobody can tell now.')}.{checked}
    </Callout>
  )
}
