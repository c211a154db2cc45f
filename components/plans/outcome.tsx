import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { PlanDiff } from '#lib/plans/plan.ts'
import { outcomeInWords } from './act-words.ts'

/** What the sync is expected to do, before anybody starts it. */
export function OutcomePanel({ diff, count }: { diff: PlanDiff; count: number }) {
  return (
    <Panel title="What will happen" padded>
      <ul className="grid gap-1 text-sm">
        {outcomeInWords(diff, count).map((says) => (
          <li key={says}>{visible(says)}</li>
        ))}
      </ul>
    </Panel>
  )
}
