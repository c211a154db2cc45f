import Link from 'next/link'
import { Facts } from '#components/ui/facts.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { ApplicationStructure } from '#lib/structure/schema.ts'

type Here = NonNullable<ApplicationStructure['project']['here']>

const held = ({ groups, tokens }: Here['rights'][number]) =>
  [...groups.map(visible), ...(tokens > 0 ? [`${tokens} ${tokens === 1 ? 'token' : 'tokens'}`] : [])].join(
    ', ',
  ) || 'nobody'

function Rights({ rights }: { rights: Here['rights'] }) {
  return (
    <div className="grid gap-1">
      {rights.length === 0 && <p>No role of the project lets anybody.</p>}
      {rights.length > 0 && (
        <ul className="grid gap-0.5">
          {rights.map((right) => (
            <li key={`${right.role} ${right.text}`} className="break-words">
              {visible(right.role)} may{' '}
              {!right.allow && <span className="font-medium text-negative">not </span>}
              {visible(right.may)} <span className="text-ink-muted">({held(right)})</span>
            </li>
          ))}
        </ul>
      )}
      <p className="text-ink-muted text-xs">
        Rights that hold for all of Argo CD come on top; it does not tell them.
      </p>
    </div>
  )
}

/** The project: whether it lets this be deployed where it goes, and who may sync past a release. */
export function ProjectPanel({ structure }: { structure: ApplicationStructure }) {
  const { instance, project } = structure
  if (project.name === '') return null
  return (
    <Panel
      title="Project"
      note={
        <Link href={paths.project({ instance, name: project.name })} className="text-ink hover:underline">
          {visible(project.name)}
        </Link>
      }
      padded
    >
      {project.here ? (
        <Facts
          facts={[
            {
              name: 'Destination',
              value: project.here.destination ? (
                'permitted'
              ) : (
                <span className="font-medium text-negative">not permitted: a sync would be refused</span>
              ),
            },
            { name: 'In Argo CD', value: <Rights rights={project.here.rights} /> },
          ]}
        />
      ) : (
        <p className="text-ink-muted text-sm">Our account has not read what it allows.</p>
      )}
    </Panel>
  )
}
