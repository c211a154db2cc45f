import { Time } from '#components/shell/time.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ReleaseBack } from '#lib/rollbacks/offer.ts'
import { Rollback } from './rollback.tsx'

/** Beside a release that is over: the way back from it while it runs, the way back to it afterwards. */
export function RollbackPanel({ back, harmed }: { back: ReleaseBack | null; harmed: boolean }) {
  if (!back) return null
  const { application, service, place, best, refusal } = back.ways
  const of = { application, service, place }
  if (!back.runs)
    return (
      <Panel title="Bring this back" padded>
        <div className="grid justify-items-start gap-3 text-ink-muted text-sm">
          <p>Something else runs here by now. What this release brought can be deployed again.</p>
          <Rollback
            {...of}
            deployment={back.deployment}
            version={back.version}
            label="Bring this back…"
            refusal={refusal ?? back.refusal}
          />
        </div>
      </Panel>
    )
  return (
    <Panel title="If it did harm" padded>
      <div className="grid justify-items-start gap-3 text-ink-muted text-sm">
        {best ? (
          <>
            <p>
              The way back is <span className="font-mono text-ink">{visible(best.version)}</span>, deployed{' '}
              <Time at={best.from} as="clock" />.
            </p>
            <Rollback
              {...of}
              deployment={best.deployment}
              version={best.version}
              label={`Roll back to ${visible(best.version)}…`}
              {...(harmed && { variant: 'primary' as const })}
              refusal={refusal}
            />
          </>
        ) : (
          <p>Nothing that is known to have worked ran here before: there is nothing to go back to.</p>
        )}
      </div>
    </Panel>
  )
}
