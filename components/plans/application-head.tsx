import { BreakGlass } from '#components/releases/break-glass.tsx'
import { RequestForm } from '#components/releases/request-form.tsx'
import { place } from '#components/releases/words.ts'
import { Time } from '#components/shell/time.tsx'
import { Status } from '#components/status/status.tsx'
import { healthLook, syncLook } from '#components/status/tones.ts'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { visible } from '#components/ui/visible.ts'
import type { BreakGlassView } from '#lib/emergencies/loaders.ts'
import type { ApplicationView } from '#lib/plans/loaders.ts'
import type { Check } from '#lib/plans/plan.ts'
import { paths } from '#lib/platform/paths.ts'
import { commitsInWords } from './plan-words.ts'

/** What runs, and what the plan would bring, in one sentence. */
function PlanSentence({ view }: { view: ApplicationView }) {
  const { plan, running, application } = view
  const where = visible(place(application.environment ?? application.name, application.target))
  const subject = application.environment === 'prod' && !application.target ? 'Production' : where
  if (!running.version && !plan) return <>No completed sync of it is known.</>
  if (!plan)
    return (
      <>
        {subject} runs <span className="font-mono text-ink">{visible(running.version ?? '')}</span>.
      </>
    )
  const { version, commits } = plan.document
  return (
    <>
      {version.from ? (
        <>
          {subject} runs <span className="font-mono text-ink">{visible(version.from)}</span>
        </>
      ) : (
        'Nothing was deployed here before'
      )}
      ; this plan brings <span className="font-mono text-ink">{visible(version.to)}</span>:{' '}
      {visible(commitsInWords(commits))}.
    </>
  )
}

/** What the check of freezes says where an approved release would wait; a check that stops it says so itself. */
const waitsFor = (checks: readonly Check[]) =>
  checks.find(({ id, result }) => id === 'freeze' && result === 'fail')?.detail

function NextStep({ view }: { view: ApplicationView }) {
  const { application, plan, request } = view
  if (request.openRelease)
    return (
      <ButtonLink variant="primary" href={paths.release(request.openRelease)}>
        See the open release
      </ButtonLink>
    )
  if (!application.protected || !plan) return null
  return (
    <RequestForm
      application={application.id}
      planDigest={plan.digest}
      service={application.service ?? application.name}
      version={plan.document.version.to}
      place={place(application.environment ?? '', application.target)}
      approvals={request.approvals}
      groups={request.groups}
      raised={request.raised}
      supersedes={request.supersedes}
      people={request.people}
      impossible={request.impossible}
      ticketRequired={request.ticketRequired}
      standardChange={request.standardChange}
      waits={waitsFor(plan.document.checks)}
      refusal={request.refusal?.words}
    />
  )
}

/** For those who may go ahead in an emergency; nothing for everybody else, nor while a release is open. */
function Emergency({ view, may }: { view: ApplicationView; may: BreakGlassView | null }) {
  const { application, plan, request } = view
  if (!may || !plan || request.openRelease) return null
  return (
    <BreakGlass
      application={application.id}
      name={application.name}
      planDigest={plan.digest}
      service={application.service ?? application.name}
      version={plan.document.version.to}
      place={place(application.environment ?? '', application.target)}
      {...may}
    />
  )
}

type HeadProps = { view: ApplicationView; breakGlass: BreakGlassView | null }

/** Head of an application: what it is, how it is, and the next step. */
export function ApplicationHead({ view, breakGlass }: HeadProps) {
  const { application, running, plan, request } = view
  const { service, environment, target } = application
  const title = service ? `${service} in ${place(environment ?? '', target)}` : application.name
  const above = [
    { label: 'Services', href: paths.services() },
    ...(service ? [{ label: visible(service), href: paths.service(service) }] : []),
  ]
  return (
    <PageHeader
      breadcrumbs={
        <Breadcrumbs above={above} here={visible(place(environment ?? application.name, target))} />
      }
      title={
        <>
          {visible(title)} <span className="font-mono font-normal">{visible(running.version ?? '')}</span>
        </>
      }
      chip={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Status look={healthLook(running.health)}>
            {application.healthSince && <Time at={application.healthSince} />}
          </Status>
          <Status look={syncLook(running.sync)} />
        </span>
      }
      actions={
        <>
          <Emergency view={view} may={breakGlass} />
          <NextStep view={view} />
        </>
      }
    >
      <p>
        <PlanSentence view={view} />
      </p>
      {application.rolledBack && (
        <p>It was rolled back to that. Look closely at the plan: it may hold what it was rolled back from.</p>
      )}
      {plan && request.refusal && application.protected && !request.openRelease && (
        <p>{visible(request.refusal.words)}</p>
      )}
    </PageHeader>
  )
}
