'use client'

import { useMemo } from 'react'
import { useZone } from '#components/shell/now.tsx'
import { Time } from '#components/shell/time.tsx'
import { later } from '#components/ui/later.tsx'
import type { PanelName } from '#lib/metrics/panel.ts'
import { type PanelView, reGrid } from '#lib/metrics/panel.ts'
import { pointsOf } from '#lib/metrics/window.ts'
import type { Mark } from '#lib/signals/data.ts'
import type { ChartData } from './chart-options.ts'
import { NoPanel, Waiting } from './no-panel.tsx'
import { PanelFolds } from './panel-folds.tsx'
import { type Asked, usePanel } from './use-panel.ts'
import { clockIn, failureTitle, measure, panelTitles } from './words.ts'

const Chart = later(async () => (await import('./chart.tsx')).Chart)

type PanelProps = {
  panel: PanelName
  asked: Asked
  marks: readonly Mark[]
  /** The moment that all panels point at. */
  atMs: number | null
  onAt: (atMs: number | null) => void
}

/** One panel: its chart, or why there is none. */
export function MetricsPanel(props: PanelProps) {
  const { panel, asked } = props
  const { now, usual } = usePanel(asked, panel)
  const { title, about } = panelTitles[panel]
  const read = now.data
  const shown = read?.view.is === 'shown' ? read.view : read?.last?.view
  const since = read?.view.is === 'failed' ? read.last?.atMs : undefined
  const why = read?.view.is === 'failed' ? read.view : undefined
  return (
    <section aria-label={title} className="grid min-w-0 content-start gap-1.5 bg-surface p-4">
      {shown ? (
        <>
          {why && since !== undefined && (
            <p className="text-attention text-xs">
              As of <Time at={new Date(since).toISOString()} as="clock" />. {failureTitle(why.why)}:{' '}
              {why.detail}
            </p>
          )}
          <Shown {...props} view={shown} usual={usual} />
        </>
      ) : (
        <>
          <h3 className="font-medium text-sm">
            {title} <span className="font-normal text-ink-muted">{about}</span>
          </h3>
          {read === undefined && !now.isError ? (
            <Waiting />
          ) : (
            <NoPanel view={read?.view} error={now.error} retry={() => now.refetch()} />
          )}
        </>
      )}
    </section>
  )
}

function Shown({
  panel,
  view,
  usual,
  marks,
  atMs,
  onAt,
}: PanelProps & { view: PanelView & { is: 'shown' }; usual: ReturnType<typeof usePanel>['usual'] }) {
  const clock = clockIn(useZone())
  const { title, about } = panelTitles[panel]
  const { grid, lines, unit } = view
  const points = pointsOf(grid)
  const data: ChartData = useMemo(() => {
    const on = (values: (number | null)[]) =>
      usual?.is === 'usual' ? reGrid(values, usual.grid, grid, points) : []
    return {
      ...{ unit, grid, lines },
      usual:
        usual?.is === 'usual' ? { low: on(usual.low), median: on(usual.median), high: on(usual.high) } : null,
      marks: marks.map(({ at, main }) => ({ atMs: Date.parse(at), main })),
    }
  }, [unit, grid, lines, usual, marks, points])
  const pointed = atMs === null ? null : Math.round((atMs - grid.fromMs) / grid.stepMs)
  const index = pointed !== null && pointed >= 0 && pointed < points ? pointed : null
  const momentOf = (at: number) => grid.fromMs + at * grid.stepMs
  const newest = (lines[0]?.values ?? []).findLastIndex((value) => value !== null)
  const told = index ?? (newest < 0 ? null : newest)
  const range = told !== null && data.usual?.low[told] != null && data.usual.high[told] != null

  function move(event: React.KeyboardEvent) {
    const from = index ?? points - 1
    const steps: Record<string, number> = {
      ArrowLeft: from - 1,
      ArrowRight: from + 1,
      Home: 0,
      End: points - 1,
    }
    const to = steps[event.key]
    if (event.key === 'Escape' && index !== null) return onAt(null)
    if (to === undefined) return
    event.preventDefault()
    onAt(momentOf(Math.min(points - 1, Math.max(0, to))))
  }

  return (
    <>
      <header className="flex min-h-9 flex-wrap items-baseline gap-x-3 gap-y-0.5 text-sm">
        <h3 className="font-medium">
          {title} <span className="font-normal text-ink-muted">{about}</span>
        </h3>
        <p className="ml-auto flex flex-wrap gap-x-3 text-xs" aria-live={index === null ? 'off' : 'polite'}>
          {told !== null && <span className="text-ink-muted">{clock(momentOf(told))}</span>}
          {lines.map(({ name, values }, line) => (
            <span key={name} className="inline-flex items-center gap-1.5">
              <LineSample second={line > 0} />
              {name} {told !== null && measure(values[told], unit)}
            </span>
          ))}
          {range && (
            <span className="text-ink-muted">
              usual {measure(data.usual?.low[told], unit)} to {measure(data.usual?.high[told], unit)}
            </span>
          )}
        </p>
      </header>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of form fields is something else */}
      <div
        role="group"
        aria-label={`${title} over time. Left and right arrow keys move along it; the table below has all values.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the pointer of all charts
        tabIndex={0}
        onKeyDown={move}
        onBlur={() => onAt(null)}
        className="min-h-[9.375rem] min-w-0 rounded-sm"
      >
        <Chart data={data} index={index} onIndex={(at) => onAt(at === null ? null : momentOf(at))} />
      </div>
      <PanelFolds view={view} usual={data.usual} found={usual} marks={marks} />
    </>
  )
}

/** How a line is drawn, so that it is told by its dashes and not by its colour alone. */
function LineSample({ second }: { second: boolean }) {
  return (
    <svg
      viewBox="0 0 16 4"
      aria-hidden="true"
      className={`h-1 w-4 ${second ? 'text-attention' : 'text-active'}`}
    >
      <path d="M0 2h16" stroke="currentColor" strokeWidth="2" {...(second && { strokeDasharray: '5 3' })} />
    </svg>
  )
}
