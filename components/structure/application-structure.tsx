import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Status } from '#components/status/status.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { ApplicationStructure as Structure } from '#lib/structure/schema.ts'
import { Differences } from './fallen.tsx'
import { standingLook } from './look.ts'

function Windows({ windows }: { windows: NonNullable<Structure['windows']> }) {
  const { assigned, automated, manual, until } = windows
  if (assigned === 0) return 'none is about it'
  const by = windows.by.map(visible).join(', ')
  if (automated) return 'syncs are allowed now'
  return (
    <>
      {manual ? 'automatic syncs are held back' : 'syncs are held back'}
      {until && (
        <>
          {' '}
          until <Time at={until} as="clock" />
        </>
      )}
      {by && <span className="text-ink-muted"> by {by}</span>}
    </>
  )
}

/** Project, owner and windows of one application, as facts with links. */
export function ApplicationStructure({ structure }: { structure: Structure }) {
  const { instance, project, windows, set } = structure
  return (
    <Facts
      facts={[
        {
          name: 'Project',
          value:
            project.name === '' ? (
              'unknown'
            ) : (
              <Link href={paths.project({ instance, name: project.name })} className="hover:underline">
                {visible(project.name)}
              </Link>
            ),
        },
        ...(windows ? [{ name: 'Sync windows', value: <Windows windows={windows} /> }] : []),
        ...(set
          ? [
              {
                name: 'ApplicationSet',
                value: set.readable ? (
                  <Link href={paths.applicationSet(set)} className="hover:underline">
                    {visible(set.name)}
                  </Link>
                ) : (
                  <>
                    {visible(set.name)} <span className="text-ink-muted">(could not be read)</span>
                  </>
                ),
              },
            ]
          : []),
        ...(set?.standing
          ? [
              {
                name: 'Rolling sync',
                value: (
                  <span className="flex flex-wrap items-center gap-x-2">
                    {set.step && <span>step {set.step}</span>}
                    <Status look={standingLook(set.standing.status)}>
                      {set.standing.since && <Time at={set.standing.since} />}
                    </Status>
                    <span className="text-ink-muted text-xs">{visible(set.standing.message)}</span>
                  </span>
                ),
              },
            ]
          : []),
        ...(set?.fallen
          ? [
              {
                name: 'Fell out',
                value: (
                  <div className="grid gap-1">
                    <span>
                      {visible(set.fallen.why)} <span className="text-ink-muted">{set.fallen.remedy}</span>
                    </span>
                    <Differences of={set.fallen.differences} />
                  </div>
                ),
              },
            ]
          : []),
      ]}
    />
  )
}
