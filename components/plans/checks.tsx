import { Time } from '#components/shell/time.tsx'
import { GlyphMark } from '#components/status/glyphs.tsx'
import { Chip } from '#components/status/status.tsx'
import { checkLook, toneText } from '#components/status/tones.ts'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Check } from '#lib/plans/plan.ts'
import { isRule } from '#lib/plans/rule-checks.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { checksInWords } from './plan-words.ts'

function Answer({ check }: { check: Check }) {
  const look = checkLook(check.result)
  return (
    <li className="flex gap-2.5 px-4 py-2 text-sm">
      <span className="flex h-[1.125rem] items-center">
        {look.glyph && <GlyphMark glyph={look.glyph} className={toneText[look.tone]} />}
        <span className="sr-only">{look.label}: </span>
      </span>
      <div className="min-w-0 grow [overflow-wrap:anywhere]">
        <p className="font-medium">{visible(check.title)}</p>
        <p className="text-ink-muted">{visible(check.detail)}</p>
      </div>
      {check.result !== 'pass' && check.blocks && <Chip tone="negative">stops the release</Chip>}
    </li>
  )
}

/** What machines say about the plan: now, or `asOf` the moment it was made. What stops a release says so beside its answer. */
export function ChecksPanel({ checks, asOf }: { checks: readonly Check[]; asOf?: Instant | undefined }) {
  // Rules that the policy does not ask for stand back: a red line on every release is soon read on none.
  const quiet = (check: Check) => isRule(check.id) && !check.blocks
  const told = checks.filter((check) => !quiet(check))
  const advice = checks.filter(quiet)
  const kept = advice.filter(({ result }) => result === 'pass').length
  return (
    <Panel
      title="Checks"
      note={
        asOf ? (
          <>
            as of <Time at={asOf} />
          </>
        ) : (
          checks.length > 0 && 'as of now'
        )
      }
      aside={checksInWords(told)}
    >
      {checks.length === 0 && (
        <p className="px-4 py-3 text-ink-muted text-sm">No check is configured for this application.</p>
      )}
      <Rows>
        {told.map((check) => (
          <Answer key={check.id} check={check} />
        ))}
      </Rows>
      {advice.length > 0 && (
        <details className="border-line border-t">
          <summary className="cursor-pointer px-4 py-2 text-ink-muted text-sm">
            Rules for manifests: {kept} of {advice.length} kept; the policy asks for none of these
          </summary>
          <Rows>
            {advice.map((check) => (
              <Answer key={check.id} check={check} />
            ))}
          </Rows>
        </details>
      )}
    </Panel>
  )
}
