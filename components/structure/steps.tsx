import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Chip, Status } from '#components/status/status.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { SetView, Standing } from '#lib/structure/schema.ts'
import { standingLook } from './look.ts'

/** The steps of a rolling sync in order, with where each application stands. */
export function Steps({ rolling }: { rolling: NonNullable<SetView['rolling']> }) {
  return (
    <Panel title="Rolling sync" note="each step waits until the one before it is healthy">
      <Rows>
        {rolling.steps.map((step) => (
          <li key={step.n} className="grid gap-x-6 gap-y-2 px-4 py-3 text-sm md:grid-cols-[16rem_1fr]">
            <div className="min-w-0">
              <p className="font-medium text-ink">Step {step.n}</p>
              <p className="break-words text-ink-muted text-xs">
                {visible(step.takes)}, {visible(step.atOnce)}
              </p>
              {step.byHand && (
                <Chip tone="neutral" className="mt-1">
                  By hand
                </Chip>
              )}
            </div>
            {step.entries.length === 0 ? (
              <p className="text-ink-faint">Argo CD names no application here.</p>
            ) : (
              <Standings of={step.entries} />
            )}
          </li>
        ))}
        {rolling.none.length > 0 && (
          <li className="grid gap-x-6 gap-y-2 px-4 py-3 text-sm md:grid-cols-[16rem_1fr]">
            <p className="font-medium text-ink">In no step</p>
            <Standings of={rolling.none} />
          </li>
        )}
      </Rows>
    </Panel>
  )
}

function Standings({ of }: { of: readonly Standing[] }) {
  return (
    <ul className="grid min-w-0 gap-1.5">
      {of.map(({ name, status, message, since, member }) => (
        <li key={name} className="grid gap-x-4 md:grid-cols-[12rem_8rem_1fr]">
          {member ? (
            <Link href={paths.application(member.id)} className="text-ink hover:underline">
              {visible(name)}
            </Link>
          ) : (
            <span className="text-ink-muted">{visible(name)}</span>
          )}
          <span>
            <Status look={standingLook(status)}>{since && <Time at={since} />}</Status>
          </span>
          <span className="min-w-0 break-words text-ink-muted text-xs">{visible(message)}</span>
        </li>
      ))}
    </ul>
  )
}
