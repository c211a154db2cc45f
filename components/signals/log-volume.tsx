'use client'

import { useState } from 'react'
import { useZone } from '#components/shell/now.tsx'
import { cn } from '#components/ui/cn.ts'
import type { Volume } from '#lib/logs/line.ts'
import type { Mark } from '#lib/signals/data.ts'
import { counted, type LevelName, levelWords } from './log-words.ts'
import { NoLogsNote } from './no-logs.tsx'
import { Waiting } from './no-panel.tsx'
import { useVolume } from './use-logs.ts'
import type { Asked } from './use-panel.ts'
import { clockIn } from './words.ts'

type VolumeProps = {
  asked: Asked
  marks: readonly Mark[]
  /** The moment that all charts of the page point at. */
  atMs: number | null
  onAt: (atMs: number | null) => void
}

/** Strips of bars, each with its own scale: errors would be lost below everything else. */
const strips: { name: string; levels: readonly LevelName[]; height: number }[] = [
  { name: 'Errors and warnings', levels: ['error', 'warning'], height: 44 },
  { name: 'All other lines', levels: ['info', 'debug', 'other'], height: 44 },
]
const fills: Record<LevelName, string> = {
  error: 'fill-negative',
  warning: 'fill-attention',
  info: 'fill-active/60',
  debug: 'fill-ink-faint',
  other: 'fill-line-strong',
}

/** How much is logged, by level, on the time axis of the charts. */
export function LogVolume({ asked, marks, atMs, onAt }: VolumeProps) {
  const { data: view, error, refetch, isPending } = useVolume(asked)
  return (
    <section
      aria-label="Log volume"
      className="grid min-w-0 content-start gap-1.5 bg-surface p-4 sm:col-span-2"
    >
      {view?.is === 'volume' ? (
        <Shown volume={view} marks={marks} atMs={atMs} onAt={onAt} />
      ) : (
        <>
          <Title />
          {isPending && !error ? (
            <Waiting />
          ) : (
            <NoLogsNote view={view} error={error} retry={() => refetch()} />
          )}
        </>
      )}
    </section>
  )
}

const Title = () => (
  <h3 className="font-medium text-sm">
    Log volume <span className="font-normal text-ink-muted">lines by level</span>
  </h3>
)

type ShownProps = { volume: Volume & { toMs: number } } & Pick<VolumeProps, 'marks' | 'atMs' | 'onAt'>

function Shown({ volume, marks, atMs, onAt }: ShownProps) {
  const clock = clockIn(useZone())
  const { fromMs, toMs, stepMs, levels } = volume
  const steps = Math.max(1, Math.ceil((toMs - fromMs) / stepMs))
  const [focused, setFocused] = useState(false)
  const names = (Object.keys(levelWords) as LevelName[]).filter((name) => levels[name])
  const pointed = atMs === null ? null : Math.floor((atMs - fromMs) / stepMs)
  const index = pointed !== null && pointed >= 0 && pointed < steps ? pointed : null
  const momentOf = (at: number) => fromMs + at * stepMs
  const sum = (name: LevelName) => (levels[name] ?? []).reduce((all, each) => all + each, 0)

  function move(event: React.KeyboardEvent) {
    const from = index ?? steps - 1
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: steps - 1 }[event.key]
    if (event.key === 'Escape' && index !== null) return onAt(null)
    if (to === undefined) return
    event.preventDefault()
    onAt(momentOf(Math.min(steps - 1, Math.max(0, to))))
  }
  function point(event: React.PointerEvent<HTMLElement>) {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    onAt(momentOf(Math.min(steps - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * steps)))))
  }

  return (
    <>
      <header className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 text-sm">
        <Title />
        {/* Read out only for who is here: the other charts say their own. */}
        <p
          className="ml-auto flex flex-wrap gap-x-3 text-xs"
          {...(focused && { 'aria-live': 'polite' as const })}
        >
          <span className="text-ink-muted">{index === null ? 'in all' : clock(momentOf(index))}</span>
          {names.map((name) => (
            <span key={name} className="inline-flex items-center gap-1.5">
              <svg viewBox="0 0 8 8" aria-hidden="true" className={cn('size-2', fills[name])}>
                <path d="M0 0h8v8H0z" />
              </svg>
              {levelWords[name].word} {counted(index === null ? sum(name) : (levels[name]?.[index] ?? 0))}
            </span>
          ))}
          {names.length === 0 && <span>no lines</span>}
        </p>
      </header>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of form fields is something else */}
      <div
        role="group"
        aria-label="Log volume over time. Left and right arrow keys move along it; the table below has all values."
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the pointer of all charts
        tabIndex={0}
        onKeyDown={move}
        onFocus={() => setFocused(true)}
        onBlur={() => {
          setFocused(false)
          onAt(null)
        }}
        className="grid gap-1 rounded-sm"
      >
        {strips.map((strip) => (
          <div key={strip.name} className="grid grid-cols-[50px_minmax(0,1fr)] gap-2">
            <span className="text-right text-ink-faint text-2xs leading-none">
              {counted(highest(volume, strip.levels))}
            </span>
            <div onPointerMove={point} onPointerLeave={() => onAt(null)} className="min-w-0">
              <Bars volume={volume} steps={steps} strip={strip} index={index} marks={marks} />
            </div>
          </div>
        ))}
      </div>
      <details className="text-xs">
        <summary className="text-ink-muted">Table</summary>
        <div className="mt-2 max-h-60 overflow-auto">
          <table className="w-full text-left">
            <caption className="sr-only">Lines by level and time</caption>
            <thead>
              <tr>
                <th scope="col">From</th>
                {names.map((name) => (
                  <th key={name} scope="col" className="text-right">
                    {levelWords[name].word}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {Array.from({ length: steps }, (_, at) => (
                <tr key={momentOf(at)}>
                  <th scope="row" className="font-normal">
                    {clock(momentOf(at))}
                  </th>
                  {names.map((name) => (
                    <td key={name} className="text-right">
                      {counted(levels[name]?.[at] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  )
}

const at = (volume: Volume, level: LevelName, step: number) => volume.levels[level]?.[step] ?? 0

function highest(volume: Volume, levels: readonly LevelName[]): number {
  const steps = Math.max(0, ...levels.map((level) => volume.levels[level]?.length ?? 0))
  let most = 0
  for (let step = 0; step < steps; step += 1)
    most = Math.max(
      most,
      levels.reduce((sum, level) => sum + at(volume, level, step), 0),
    )
  return most
}

function Bars(given: {
  volume: Volume & { toMs: number }
  steps: number
  strip: (typeof strips)[number]
  index: number | null
  marks: readonly Mark[]
}) {
  const { volume, steps, strip, index, marks } = given
  const most = Math.max(1, highest(volume, strip.levels))
  const bars = Array.from({ length: steps }, (_, step) => {
    let below = 0
    return strip.levels.map((level) => {
      const height = (at(volume, level, step) / most) * 100
      below += height
      return height === 0 ? null : (
        <rect
          key={level}
          x={step + 0.1}
          y={100 - below}
          width={0.8}
          height={height}
          className={cn(fills[level], index !== null && index !== step && 'opacity-60')}
        />
      )
    })
  })
  return (
    <svg
      viewBox={`0 0 ${steps} 100`}
      preserveAspectRatio="none"
      aria-hidden="true"
      className="block w-full border-line border-b"
      style={{ height: strip.height }}
    >
      {bars}
      {marks.map(({ at, main }) => {
        const x = ((Date.parse(at) - volume.fromMs) / (volume.toMs - volume.fromMs)) * steps
        if (!(x >= 0 && x <= steps)) return null
        return (
          <path
            key={`${at} ${main}`}
            d={`M${x} 0V100`}
            vectorEffect="non-scaling-stroke"
            className={main ? 'stroke-ink' : 'stroke-ink-faint'}
            strokeWidth={main ? 1.5 : 1}
            {...(!main && { strokeDasharray: '3 3' })}
          />
        )
      })}
    </svg>
  )
}
