import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ApplicationView } from '#lib/plans/loaders.ts'

/** Where the application is, and how fresh what we know of it is. `owned`: a panel of its own tells of its project. */
export function ApplicationFacts({ view, owned }: { view: ApplicationView; owned: boolean }) {
  const { application, running, observed } = view
  const destination = observed?.destination
  return (
    <Panel title="Application" padded>
      <Facts
        facts={[
          { name: 'Name', value: visible(application.name) },
          ...(owned ? [] : [{ name: 'Project', value: visible(application.project) || 'unknown' }]),
          ...(application.team ? [{ name: 'Team', value: visible(application.team) }] : []),
          {
            name: 'Destination',
            value: destination
              ? visible(
                  [destination.name ?? destination.server, destination.namespace].filter(Boolean).join(' / '),
                )
              : 'unknown',
          },
          {
            name: 'Deployed',
            value: application.deployedAt ? <Time at={application.deployedAt} as="ago" /> : 'not known',
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

/** Why there is no plan to show, or why the one shown may be old. */
export function PlanNotice({ view }: { view: ApplicationView }) {
  const { application, plan, planProblem, planCheckedAt } = view
  const checked = planCheckedAt && (
    <>
      {' '}
      Looked at <Time at={planCheckedAt} as="ago" />.
    </>
  )
  if (application.gone) return null
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
