import { RefreshOn } from '#components/shell/live.tsx'
import { Time } from '#components/shell/time.tsx'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { UnmappedApplication, UnmappedPage } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'

/** Applications that no rule maps, each with the reason: nothing of Argo CD is hidden. */
export function UnmappedList({ page, first }: { page: UnmappedPage; first: boolean }) {
  const { applications, total: count, next } = page
  return (
    <>
      <RefreshOn names={[{ catalog: true }, { application: '*' }]} />
      <PageHeader
        breadcrumbs={<Breadcrumbs above={[{ label: 'Services', href: paths.services() }]} here="Unmapped" />}
        title="Unmapped"
        summary={count > 0 && `${count} ${count === 1 ? 'application' : 'applications'}`}
      >
        {count > 0 && (
          <p>
            Argo CD has these applications, and no rule says which service and environment they are. Give them
            the labels that a rule asks for, or add a rule under{' '}
            <code className="font-mono text-ink">catalog.rules</code> in countersign.yaml; the first rule that
            matches decides.
          </p>
        )}
      </PageHeader>
      <Panel>
        {count === 0 ? (
          <Empty
            kind="nothing-yet"
            title="Every application is mapped"
            action={<ButtonLink href={paths.services()}>To the services</ButtonLink>}
          >
            What no rule matches would stand here with the reason.
          </Empty>
        ) : (
          <Rows>
            {applications.map((application) => (
              <Item key={application.id} application={application} />
            ))}
          </Rows>
        )}
      </Panel>
      {(next || !first) && (
        <Pager
          summary={`${applications.length} of ${count}, by Argo CD and name`}
          previous={first ? undefined : paths.unmapped()}
          next={next && paths.unmapped({ after: next })}
        />
      )}
    </>
  )
}

function Item({ application }: { application: UnmappedApplication }) {
  const { name, instance, project, reason, problem, asOf } = application
  return (
    <li className="grid gap-1 px-4 py-3 text-sm md:grid-cols-[16rem_1fr] md:gap-6">
      <div className="min-w-0">
        <p className="font-medium text-ink">{visible(name)}</p>
        <p className="text-ink-muted text-xs">
          {project === '' ? 'project unknown' : `project ${visible(project)}`} · {visible(instance)}
          {asOf && (
            <>
              {' '}
              · as of <Time at={asOf} as="clock" />, unreachable
            </>
          )}
        </p>
      </div>
      <div className="grid min-w-0 gap-1 text-ink-muted">
        <p>{sentence(reason)}</p>
        {problem && <p>{sentence(problem)}</p>}
      </div>
    </li>
  )
}

/** A reason as a sentence; what comes from outside is spelled out. */
function sentence(text: string): string {
  const shown = visible(text)
  return `${shown.charAt(0).toUpperCase()}${shown.slice(1)}${/[.!?]$/.test(shown) ? '' : '.'}`
}
