import type { ReactNode } from 'react'
import { Callout } from '#components/status/callout.tsx'
import { Chip } from '#components/status/status.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { type DiffLook, type RowPage, rowPage } from '#lib/manifests/rows.ts'
import type { PlanDiff } from '#lib/plans/plan.ts'
import { DiffObject } from './diff-object.tsx'
import { DiffViews } from './diff-views.tsx'
import { anchorOf, counted, type Shown, summarize } from './plan-words.ts'

/** Rows that come with the page itself, of one object and in all; the others are fetched by the screenful. */
const rowsMax = { object: 160, page: 600, head: 40 }
/** Where nothing can be fetched, because the diff is of no plan. */
const rowsMaxWithoutPlan = { object: 2000, page: 6000, head: 40 }

type Drawn = { resource: Shown; page: RowPage }

/** An object comes whole while there is room, else with its first rows. */
function drawn(shown: readonly Shown[], look: DiffLook, max: typeof rowsMax): Drawn[] {
  let left = max.page
  return shown.map((resource) => {
    const page = rowPage(resource, look, 0, Math.min(max.object, left))
    const rows = page.count <= page.rows.length ? page.rows : page.rows.slice(0, Math.min(max.head, left))
    left -= rows.length
    return { resource, page: { ...page, rows } }
  })
}

const Noise = ({ noiseLines, noisy }: { noiseLines: number; noisy: readonly Shown[] }) => (
  <details className="border-line border-t px-4 py-3 text-ink-muted text-sm">
    <summary className="hover:text-ink">{counted(noiseLines, 'line')} of noise folded</summary>
    <p className="mt-2 max-w-[68ch]">
      Checksums, tracking ids and chart labels that differ with every revision. They are part of what is
      signed; only the drawing leaves them out.
    </p>
    {noisy.length > 0 && (
      <p className="mt-2 max-w-[68ch] [overflow-wrap:anywhere]">
        Nothing else changes in {noisy.map(({ kind, name }) => visible(`${kind} ${name}`)).join(', ')}.
      </p>
    )}
  </details>
)

type DiffPanelProps = {
  diff: PlanDiff
  /** The sync has happened since. */
  done?: boolean
  /** For a diff that is of no plan. */
  title?: string
  id?: string
  /** Said when nothing changes. */
  none?: string
  /** The digest of its plan: by it more of a long diff is fetched. */
  plan?: string
  look?: DiffLook
  /** Offers other looks, at these addresses. */
  hrefOf?: ((look: DiffLook) => string) | undefined
  /** What stands under the last change. */
  foot?: ReactNode
}

const usual: DiffLook = { view: 'unified', onlyChanged: false }

/** What a sync of the plan would change of what is live, as the worker saw it and froze it into the plan. */
export function DiffPanel({
  diff,
  done = false,
  title = done ? 'What changed' : 'What would change',
  id = 'diff',
  none = 'No resource changes. The plan differs from what runs only in its revision.',
  plan,
  look = usual,
  hrefOf,
  foot,
}: DiffPanelProps) {
  if (diff.kind === 'cannot-tell')
    return (
      <Panel title={title} id={id}>
        <Callout tone="attention" title="Nobody can tell what would change" className="m-4">
          {visible(diff.why)}
        </Callout>
        {foot}
      </Panel>
    )
  const { shown, noisy, unchanged, noiseLines, risky } = summarize(diff)
  return (
    <Panel
      id={id}
      title={title}
      note={
        <>
          {risky > 0 && (
            <Chip tone="attention" glyph="triangle">
              {risky} {risky === 1 ? 'raises' : 'raise'} risk
            </Chip>
          )}
          <span>
            {counted(shown.length, 'resource')}
            {unchanged > 0 && `, ${unchanged} unchanged hidden`}
          </span>
        </>
      }
      aside={hrefOf && shown.length > 0 && <DiffViews look={look} hrefOf={hrefOf} />}
    >
      {shown.length === 0 && <p className="p-4 text-ink-muted text-sm">{none}</p>}
      {drawn(shown, look, plan ? rowsMax : rowsMaxWithoutPlan).map(({ resource, page }) => (
        <DiffObject
          key={`${resource.group}/${anchorOf(resource)}`}
          id={id === 'diff' ? anchorOf(resource) : `${id}-${anchorOf(resource)}`}
          {...{ resource, page, look }}
          plan={plan}
        />
      ))}
      {noiseLines > 0 && <Noise noiseLines={noiseLines} noisy={noisy} />}
      {foot}
    </Panel>
  )
}
