import Link from 'next/link'
import { Panel } from '#components/ui/panel.tsx'
import type { SignalsView } from '#lib/signals/loaders.ts'
import { AlertsSection } from './alerts-section.tsx'
import { LogsSection } from './logs-section.tsx'
import { Marks } from './marks.tsx'
import { MetricsPanels } from './metrics-panels.tsx'
import { rangeWords } from './words.ts'

/** What metrics, logs and alerts say of an application: the last while, or around one of its releases. */
export function Signals({ view }: { view: SignalsView }) {
  const { application, range, around, marks, links } = view
  const asked = { application, range, around }
  return (
    <div className="grid min-w-0 gap-4">
      <Panel
        id="signals"
        title="Signals"
        note={around === undefined ? 'up to now' : 'before and after the sync'}
        aside={
          <nav aria-label="Time shown" className="flex gap-1">
            {links.map(({ range: each, href }) => (
              <Link
                key={each}
                href={href}
                scroll={false}
                aria-current={each === range ? 'true' : undefined}
                className="flex h-7 pointer-coarse:h-11 items-center rounded-md px-2 text-ink-muted text-xs hover:text-ink aria-[current=true]:bg-sunken aria-[current=true]:font-medium aria-[current=true]:text-ink"
              >
                {rangeWords[each]}
              </Link>
            ))}
          </nav>
        }
      >
        <MetricsPanels asked={asked} marks={marks} />
        <Marks marks={marks} />
      </Panel>
      <AlertsSection asked={asked} deployed={around} />
      <LogsSection asked={asked} deployed={around} />
    </div>
  )
}
