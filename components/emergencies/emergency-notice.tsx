import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { visible } from '#components/ui/visible.ts'
import { standingWords } from '#lib/emergencies/emergency.ts'
import type { EmergencyView } from '#lib/emergencies/loaders.ts'
import { DecideAfterwards } from './decide-afterwards.tsx'
import { Clock, standingTones } from './emergency-list.tsx'

/** On the page of a break-glass release: who went ahead and why, and what another person says of it. */
export function EmergencyNotice({ view, planDigest }: { view: EmergencyView | null; planDigest: string }) {
  if (!view) return null
  const { emergency, approval, objection } = view
  const { application, version, by, incident, at, standing, retrospective } = emergency
  const what = `${visible(application.service)} ${visible(version)}`
  return (
    <Callout
      tone={standingTones[standing]}
      className="mb-4"
      title={`Break-glass · ${standingWords[standing].toLowerCase()}`}
    >
      <p>
        {visible(by.name)} let it go before others approved it, <Time at={at} as="ago" />, for{' '}
        {visible(incident)}.
      </p>
      <p>
        {retrospective ? 'Decided by ' : 'Another person decides; '}
        <Clock emergency={emergency} />
        {retrospective?.reason ? `: “${visible(retrospective.reason)}”` : '.'}
      </p>
      {!retrospective && approval && <p>{approval}</p>}
      {!retrospective && (
        <div className="mt-2">
          <DecideAfterwards
            release={emergency.release}
            planDigest={planDigest}
            what={what}
            who={by.name}
            approval={approval}
            objection={objection}
          />
        </div>
      )}
    </Callout>
  )
}
