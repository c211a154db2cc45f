'use client'

import { useEffect, useEffectEvent, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useZone } from '#components/shell/now.tsx'
import { type ChartColours, type ChartData, chartHeight, chartOptions, columns } from './chart-options.ts'

type ChartProps = {
  data: ChartData
  /** Of the moment all charts of the page point at; null when none. */
  index: number | null
  onIndex: (index: number | null) => void
}

const tokens: Record<keyof ChartColours, string> = {
  ink: 'var(--ink)',
  faint: 'var(--ink-faint)',
  line: 'var(--line)',
  first: 'var(--active)',
  second: 'var(--attention)',
  band: 'color-mix(in oklab, var(--active) 14%, transparent)',
}

/** The tokens as this theme has them: only an element can tell. */
function readColours(probe: HTMLElement): ChartColours {
  const read = (token: string) => {
    probe.style.color = token
    return getComputedStyle(probe).color
  }
  return Object.fromEntries(
    Object.entries(tokens).map(([name, token]) => [name, read(token)]),
  ) as ChartColours
}

/** The drawing itself. It says nothing to a screen reader: the table beside it has the same numbers. */
export function Chart({ data, index, onIndex }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  const probe = useRef<HTMLSpanElement>(null)
  const plot = useRef<uPlot>(undefined)
  const zone = useZone()
  const pointed = useEffectEvent((at: number | null) => onIndex(at))

  useEffect(() => {
    const [within, colour] = [frame.current, probe.current]
    if (!within || !colour) return
    const draw = () => {
      plot.current?.destroy()
      const style = getComputedStyle(within)
      const options = chartOptions(data, readColours(colour), {
        width: within.clientWidth,
        zone,
        font: `11px ${style.fontFamily}`,
        onCursor: pointed,
      })
      plot.current = new uPlot(options, columns(data), within)
    }
    draw()
    const resized = new ResizeObserver(() => {
      const width = within.clientWidth
      if (width > 0 && plot.current?.width !== width) plot.current?.setSize({ width, height: chartHeight })
    })
    resized.observe(within)
    const themed = new MutationObserver(draw)
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', draw)
    return () => {
      resized.disconnect()
      themed.disconnect()
      scheme.removeEventListener('change', draw)
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [data, zone])

  useEffect(() => {
    const drawn = plot.current
    if (!drawn || (drawn.cursor.idx ?? null) === index) return
    const second = index === null ? undefined : drawn.data[0][index]
    const left = second === undefined ? -10 : drawn.valToPos(second, 'x')
    // Without telling anybody: whoever pointed here has told all charts already.
    drawn.setCursor({ left, top: left < 0 ? -10 : 10 }, false)
  }, [index])

  return (
    <div ref={frame} aria-hidden="true" style={{ height: chartHeight }}>
      <span ref={probe} hidden />
    </div>
  )
}
