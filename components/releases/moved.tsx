import { DiffPanel } from '#components/plans/diff.tsx'
import { Callout } from '#components/status/callout.tsx'
import { visible } from '#components/ui/visible.ts'
import { movedBetween } from '#lib/manifests/moved.ts'
import type { StoredPlan } from '#lib/plans/data.ts'
import { planDifferences, shortDigest } from '#lib/plans/plan.ts'

/** The plan that was asked for, beside the one that stands now: in words, then change by change. */
export function Moved({ signed, now }: { signed: StoredPlan; now: StoredPlan }) {
  const says = planDifferences(signed.plan, now.plan)
  return (
    <div id="moved" className="grid min-w-0 scroll-mt-16 gap-4">
      <Callout
        tone="attention"
        title={`Since plan ${shortDigest(signed.digest)} there is plan ${shortDigest(now.digest)}`}
      >
        <ul className="list-disc pl-4">
          {says.map((each) => (
            <li key={each}>{visible(each)}</li>
          ))}
        </ul>
        <p className="mt-1">
          Below stands what differs: lines with − were changes of the plan you read, lines with + are changes
          of the new one only.
        </p>
      </Callout>
      <DiffPanel
        id="moved-diff"
        title="What changed between the two plans"
        diff={movedBetween(signed.document.diff, now.document.diff)}
        none="Both plans change the same lines."
      />
    </div>
  )
}
