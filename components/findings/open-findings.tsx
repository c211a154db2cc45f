import { Callout } from '#components/status/callout.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { visible } from '#components/ui/visible.ts'
import type { FindingRow } from '#lib/findings/finding.ts'
import { paths } from '#lib/platform/paths.ts'

/** Said first on the page of an application or service: something changed that no release explains. */
export function OpenFindings({ findings }: { findings: readonly FindingRow[] }) {
  const [first] = findings
  if (!first) return null
  const more = findings.length - 1
  return (
    <Callout
      tone="attention"
      className="mb-4"
      title={
        more > 0 ? `${findings.length} changes that no release explains` : 'A change that no release explains'
      }
      action={
        <ButtonLink
          size="sm"
          href={
            more > 0
              ? paths.findings({ application: first.application.id, state: 'open' })
              : paths.finding(first.id)
          }
        >
          {more > 0 ? 'See all' : 'See finding'}
        </ButtonLink>
      }
    >
      {visible(first.sentence)} A second person has to close it.
    </Callout>
  )
}
