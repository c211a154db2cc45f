'use client'

import { useState } from 'react'
import { panels } from '#lib/metrics/panel.ts'
import type { Mark } from '#lib/signals/data.ts'
import { LogVolume } from './log-volume.tsx'
import { MetricsPanel } from './metrics-panel.tsx'
import type { Asked } from './use-panel.ts'

/** The four panels of an application and how much it logs. Each asks for itself, so that a slow one keeps none of the others. */
export function MetricsPanels({ asked, marks }: { asked: Asked; marks: readonly Mark[] }) {
  const [atMs, setAtMs] = useState<number | null>(null)
  return (
    <div className="grid gap-px bg-line sm:grid-cols-2">
      {panels.map((panel) => (
        <MetricsPanel key={panel} panel={panel} asked={asked} marks={marks} atMs={atMs} onAt={setAtMs} />
      ))}
      <LogVolume asked={asked} marks={marks} atMs={atMs} onAt={setAtMs} />
    </div>
  )
}
