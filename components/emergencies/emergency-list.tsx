import Link from 'next/link'
import { stopAfter } from '#components/releases/words.ts'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import type { Tone } from '#components/status/tones.ts'
import { Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { type EmergencyState, standingWords } from '#lib/emergencies/emergency.ts'
import type { EmergencyRow } from '#lib/emergencies/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { stateWords } from '#lib/releases/release.ts'

export const standingTones = {
  open: 'attention',
  overdue: 'negative',
  approved: 'positive',
  objected: 'negative',
} as const satisfies Record<EmergencyState, Tone>

/** How long another person still has, or since when it is too late. */
export function Clock({ emergency }: { emergency: EmergencyRow }) {
  const { standing, dueAt, retrospective } = emergency
  if (retrospective)
    return (
      <>
        {visible(retrospective.name)}, <Time at={retrospective.at} as="ago" />
      </>
    )
  return (
    <>
      {standing === 'overdue' ? 'was due' : 'due'} <Time at={dueAt} as="ago" />
    </>
  )
}

/** Break-glass releases as rows: what, who and why, and how the approval afterwards stands. */
export function EmergencyList({ emergencies }: { emergencies: readonly EmergencyRow[] }) {
  return (
    <Rows>
      {emergencies.map((each) => {
        const { release, application, version, by, incident, reason, at, standing, releaseState } = each
        const where = [application.environment, application.target].filter(Boolean).join(' ')
        return (
          <li key={release} className="grid gap-1 px-4 py-3 text-sm">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <Link href={paths.release(release)} className="font-medium text-accent hover:underline">
                {visible(application.service)} <span className="font-mono">{visible(version)}</span> to{' '}
                {visible(where)}
              </Link>
              <Chip tone={standingTones[standing]}>{standingWords[standing]}</Chip>
              <span className="text-ink-muted">
                <Clock emergency={each} />
              </span>
            </div>
            <p className="break-words text-ink-muted">
              {visible(by.name)} broke the glass <Time at={at} as="ago" /> for {visible(incident)}: “
              {visible(reason)}”{stopAfter(reason)} It is {stateWords[releaseState]}.
            </p>
            {each.retrospective?.reason && (
              <p className="break-words text-ink-muted">
                {visible(each.retrospective.name)} said: “{visible(each.retrospective.reason)}”
              </p>
            )}
          </li>
        )
      })}
    </Rows>
  )
}
