import { Acknowledge } from '#components/plans/acknowledge.tsx'
import { DiffPanel } from '#components/plans/diff.tsx'
import { lookOf, lookQuery } from '#components/plans/look.ts'
import { paths } from '#lib/platform/paths.ts'
import type { ReleaseView } from '#lib/releases/loaders.ts'

type ChangesProps = { view: ReleaseView; search: Record<string, string | string[] | undefined> }

/** What the release changes, in the look that the address asks for; who may sign says under it that they have read it. */
export function Changes({ view: { release, plan, decisionRefusal, newer }, search }: ChangesProps) {
  const signs = release.state === 'requested' && decisionRefusal === undefined && newer === null
  return (
    <DiffPanel
      diff={plan.document.diff}
      done={release.state === 'succeeded' || release.state === 'degraded'}
      plan={plan.digest}
      look={lookOf(search)}
      hrefOf={(look) => `${paths.release(release.id, lookQuery(look))}#diff`}
      foot={signs && <Acknowledge plan={plan.digest} />}
    />
  )
}
