import Link from 'next/link'
import { RefreshOn } from '#components/shell/live.tsx'
import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { OutLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { ProjectView } from '#lib/structure/schema.ts'
import { Allows } from './allows.tsx'
import { Calendar } from './calendar.tsx'
import { Members, shownOf } from './members.tsx'
import { AsOf } from './parts.tsx'
import { Permissions } from './permissions.tsx'
import { Windows } from './windows.tsx'

const address = (webUrl: string, name: string) =>
  `${webUrl.replace(/\/$/, '')}/settings/projects/${encodeURIComponent(name)}`

/** One AppProject: what it allows, its windows as a calendar, who may deploy where, and its applications. */
export function ProjectPage({ view, week }: { view: ProjectView; week: number }) {
  const { name, instance, rules, members, memberCount, sets, problem, webUrl } = view
  return (
    <>
      <RefreshOn names={[{ catalog: true }, { application: '*' }]} />
      <PageHeader
        breadcrumbs={
          <Breadcrumbs above={[{ label: 'Projects', href: paths.projects() }]} here={visible(name)} />
        }
        title={visible(name)}
        summary={
          <>
            {rules?.description && <>{visible(rules.description)} · </>}
            {visible(instance)}
            <AsOf at={view.asOf} />
          </>
        }
        actions={webUrl && <OutLink href={address(webUrl, name)}>Argo CD</OutLink>}
      />
      {problem && (
        <Callout tone="attention" title="This project could not be understood" className="mb-3">
          {visible(problem)}.{rules && ' What is shown is what was known before.'}
        </Callout>
      )}
      <div className="grid gap-4">
        {rules ? (
          <>
            <Panel
              title="Sync windows"
              note={rules.windows.length === 0 ? 'none' : `${rules.windows.length}`}
            >
              {rules.windows.length === 0 ? (
                <p className="px-4 py-3 text-ink-muted text-sm">Nothing holds syncs back by the clock.</p>
              ) : (
                <>
                  <Windows windows={rules.windows} />
                  <Calendar project={{ instance, name }} rules={rules} week={week} />
                </>
              )}
            </Panel>
            <Permissions rules={rules} />
            <Allows rules={rules} />
          </>
        ) : (
          <Callout tone="attention" title="What this project allows is not known">
            Only its applications tell of it: our account may not read it, or it does not exist. Add to
            policy.csv:{' '}
            <code className="break-words font-mono text-ink">p, countersign, projects, get, *, allow</code>
          </Callout>
        )}
        {sets.length > 0 && (
          <Panel title="ApplicationSets" note={`${sets.length}`} padded>
            <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
              {sets.map((set) => (
                <li key={`${set.namespace}/${set.name}`}>
                  <Link href={paths.applicationSet(set)} className="text-ink hover:underline">
                    {visible(set.name)}
                  </Link>
                </li>
              ))}
            </ul>
          </Panel>
        )}
        <Panel title="Applications" note={shownOf(members.length, memberCount)}>
          {members.length === 0 ? (
            <Empty kind="nothing-yet" title="No applications">
              Nothing is deployed through this project.
            </Empty>
          ) : (
            <Members caption={`Applications of project ${visible(name)}`} members={members} />
          )}
        </Panel>
        {rules && (
          <p className="text-ink-faint text-xs">
            This project last changed here <Time at={rules.observedAt} as="ago" />.
          </p>
        )}
      </div>
    </>
  )
}
