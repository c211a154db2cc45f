import Link from 'next/link'
import { RefreshOn } from '#components/shell/live.tsx'
import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Chip } from '#components/status/status.tsx'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { SetView as View } from '#lib/structure/schema.ts'
import { Fallen } from './fallen.tsx'
import { Members, shownOf } from './members.tsx'
import { AsOf } from './parts.tsx'
import { Pattern } from './pattern.tsx'
import { Steps } from './steps.tsx'

/** One ApplicationSet: the pattern, what it gave, what fell out of it, and where a rolling sync stands. */
export function SetView({ view }: { view: View }) {
  const { name, instance, project, members, memberCount, problem } = view
  const trouble = view.conditions.filter((each) => each.trouble)
  return (
    <>
      <RefreshOn names={[{ catalog: true }, { application: '*' }]} />
      <PageHeader
        breadcrumbs={
          <Breadcrumbs
            above={[{ label: 'ApplicationSets', href: paths.applicationSets() }]}
            here={visible(name)}
          />
        }
        title={visible(name)}
        chip={view.fallen.length > 0 && <Chip tone="attention">{view.fallen.length} fell out</Chip>}
        summary={
          <>
            {project === null || project.includes('{{') ? (
              'project by its pattern'
            ) : (
              <>
                project{' '}
                <Link
                  href={paths.project({ instance, name: project })}
                  className="text-ink underline decoration-line-strong underline-offset-2 hover:decoration-current"
                >
                  {visible(project)}
                </Link>
              </>
            )}{' '}
            · {visible(instance)}
            <AsOf at={view.asOf} />
          </>
        }
      />
      {problem && (
        <Callout tone="attention" title="This ApplicationSet could not be understood" className="mb-3">
          {visible(problem)}. What is shown is what was known before.
        </Callout>
      )}
      {trouble.map((each) => (
        <Callout
          key={each.type}
          tone="negative"
          className="mb-3"
          title={`${visible(each.type)}${each.reason ? `: ${visible(each.reason)}` : ''}`}
        >
          {visible(each.message)}. {each.remedy}
        </Callout>
      ))}
      <div className="grid gap-4">
        <Pattern view={view} />
        {view.fallen.length + view.unseen.length > 0 && <Fallen view={view} />}
        {view.rolling && <Steps rolling={view.rolling} />}
        <Panel title="Applications" note={byEnvironment(view) || shownOf(members.length, memberCount)}>
          {members.length === 0 ? (
            <Empty kind="nothing-yet" title="No applications">
              The pattern gives none, or none that you may see.
            </Empty>
          ) : (
            <Members caption={`Applications of ${visible(name)}`} members={members} />
          )}
        </Panel>
        <Conditions view={view} />
      </div>
    </>
  )
}

/** How many there are in each environment: `dev 9 · staging 9 · prod 9`. */
function byEnvironment({ members, memberCount }: View): string {
  const counts = new Map<string, number>()
  for (const { environment } of members)
    counts.set(environment ?? 'unmapped', (counts.get(environment ?? 'unmapped') ?? 0) + 1)
  const shown = [...counts].map(([name, count]) => `${visible(name)} ${count}`).join(' · ')
  return members.length < memberCount ? `${shown}, ${shownOf(members.length, memberCount)} in all` : shown
}

function Conditions({ view }: { view: View }) {
  if (view.conditions.length === 0) return null
  return (
    <Panel title="Conditions" note="in the words of Argo CD">
      <Rows>
        {view.conditions.map((each) => (
          <li key={each.type} className="grid gap-x-6 gap-y-0.5 px-4 py-2 text-sm md:grid-cols-[16rem_1fr]">
            <span className="text-ink">
              {visible(each.type)} <span className="text-ink-muted">{visible(each.status)}</span>
            </span>
            <span className="min-w-0 break-words text-ink-muted">
              {visible(each.message)}
              {each.since && (
                <span className="text-ink-faint">
                  {' '}
                  · <Time at={each.since} as="ago" />
                </span>
              )}
            </span>
          </li>
        ))}
      </Rows>
    </Panel>
  )
}
