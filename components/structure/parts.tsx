import Form from 'next/form'
import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { FilterInput } from '#components/ui/filter-input.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Gap } from '#lib/instances/schema.ts'
import type { Instant } from '#lib/platform/clock.ts'

/** The box that narrows a list; a form of the address, so it works without scripts. */
export function NarrowForm({ action, label, q }: { action: string; label: string; q: string | undefined }) {
  return (
    <search className="contents">
      <Form action={action} className="max-sm:w-full">
        <FilterInput key={q} label={label} name="q" defaultValue={q} maxLength={200} />
      </Form>
    </search>
  )
}

/** ` · as of 12:04, unreachable`, where an instance is not heard of. */
export function AsOf({ at }: { at: Instant | null }) {
  if (!at) return null
  return (
    <span className="text-attention">
      {' '}
      · as of <Time at={at} as="clock" />, unreachable
    </span>
  )
}

const titles = {
  forbidden: 'Our account may not read',
  failed: 'Argo CD did not answer when asked for',
  unknown: 'Nobody has asked yet for',
} as const

/** Instances of which `what` is not read: said above the list, so that nobody takes it for all there is. */
export function Gaps({ gaps, what, line }: { gaps: readonly Gap[]; what: string; line: string }) {
  return gaps.map((gap) =>
    gap.state === 'read' ? null : (
      <Callout
        key={gap.instance}
        tone={gap.state === 'unknown' ? 'neutral' : 'attention'}
        className="mt-3"
        title={`${titles[gap.state]} ${what} of ${visible(gap.instance)}`}
      >
        {gap.state === 'forbidden' && (
          <>
            Add to policy.csv: <code className="break-words font-mono text-ink">{line}</code>
          </>
        )}
        {gap.state === 'failed' && gap.detail && <>{visible(gap.detail)}. </>}
        {gap.state === 'failed' &&
          (gap.readAt ? (
            <>
              What is shown is from <Time at={gap.readAt} as="ago" />.
            </>
          ) : (
            'Nothing of it is known yet.'
          ))}
        {gap.state === 'unknown' && 'The worker asks within a minute of its start.'}
      </Callout>
    ),
  )
}
