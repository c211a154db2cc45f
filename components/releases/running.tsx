import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Status } from '#components/status/status.tsx'
import { healthLook, syncLook } from '#components/status/tones.ts'
import { Copyable } from '#components/ui/copyable.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { RunningView } from '#lib/releases/loaders.ts'

const stateWords: Record<string, string> = {
  connected: 'silent',
  connecting: 'not heard yet',
  unauthorised: 'refusing our token',
  'not-understood': 'not understood',
}

/** Said on top when Argo CD is not heard: what stands below is the last truth, and how old it is. */
export function StaleNotice({ running: { instance } }: { running: RunningView }) {
  if (!instance.staleSince) return null
  return (
    <Callout
      tone="attention"
      title={
        <>
          Argo CD {visible(instance.name)} is {stateWords[instance.state] ?? visible(instance.state)}. What it
          says here is as of <Time at={instance.staleSince} as="clock" />.
        </>
      }
      className="mb-4"
    >
      {instance.detail && visible(instance.detail)}
    </Callout>
  )
}

/** What runs now: what a rollback would go back to. */
export function GoesWrong({ running, application }: { running: RunningView; application: string }) {
  return (
    <Panel title="If it goes wrong" padded>
      <p className="mb-3 text-ink-muted text-sm">
        {running.version ? (
          <>
            {visible(application)} runs <span className="font-mono text-ink">{visible(running.version)}</span>{' '}
            now. To go back, sync these revisions.
          </>
        ) : (
          'No completed sync of this application is known: there is nothing to go back to.'
        )}
      </p>
      <Facts
        facts={[
          {
            name: running.revisions.length > 1 ? 'Revisions' : 'Revision',
            value: running.revisions.length
              ? running.revisions.map((revision) => (
                  <Copyable key={revision} value={revision} what="revision that runs now" length={12} />
                ))
              : 'unknown',
          },
          { name: 'Health', value: <Status look={healthLook(running.health)} /> },
          { name: 'Sync', value: <Status look={syncLook(running.sync)} /> },
          { name: 'Last seen', value: <Time at={running.observedAt} as="ago" /> },
        ]}
      />
    </Panel>
  )
}

/** Git or the application moved since this was asked for: signing it now would lead nowhere. */
export function SupersededNotice({ release, newer }: { release: string; newer: string | null }) {
  return (
    <Callout tone="attention" title="There is a newer plan than this one" className="mb-4">
      Git or the application changed since this release was asked for. Before anything is sent, the plan is
      made anew and compared; as it stands, this release would end as stale.
      {newer && (
        <p className="mt-1">
          <Link href={`${paths.release(release, { since: 'read' })}#moved`} className="underline">
            See what changed
          </Link>
        </p>
      )}
    </Callout>
  )
}
