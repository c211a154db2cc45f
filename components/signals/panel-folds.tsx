import { useState } from 'react'
import { useZone } from '#components/shell/now.tsx'
import { OutLink } from '#components/ui/button-link.tsx'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import type { PanelView, UsualView } from '#lib/metrics/panel.ts'
import type { Mark } from '#lib/signals/data.ts'
import type { ChartData } from './chart-options.ts'
import { clockIn, measure } from './words.ts'

type FoldProps = {
  view: PanelView & { is: 'shown' }
  usual: ChartData['usual']
  found: UsualView | undefined
  marks: readonly Mark[]
}

/** What stands behind a chart: its numbers as a table, and where they come from. */
export function PanelFolds(props: FoldProps) {
  const { view, found } = props
  const [open, setOpen] = useState(false)
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-1 text-ink-muted text-xs">
      <details className="open:w-full" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Table</summary>
        {open && <Numbers {...props} />}
      </details>
      <details className="open:w-full">
        <summary>{visible(view.profile)}</summary>
        <div className="mt-1 grid gap-2">
          <p>
            Found by {view.found}. {usualInWords(found)}
          </p>
          {view.queries.map(({ name, query }) => (
            <div key={name}>
              <p>{name}</p>
              <code className="block break-all font-mono text-ink">{visible(query)}</code>
            </div>
          ))}
          <p>
            <OutLink href={view.href}>Open in the metrics UI</OutLink>
          </p>
        </div>
      </details>
      {view.notes.map((note) => (
        <p key={note} className="w-full">
          {note}
        </p>
      ))}
      {found?.is === 'failed' && <p className="w-full">What is usual is not known: {found.detail}</p>}
    </div>
  )
}

function usualInWords(found: UsualView | undefined): string {
  switch (found?.is) {
    case 'usual':
      return `Behind it: the same time of day on the ${found.days} days before, their median and where eight in ten lie.`
    case 'too-little':
      return `No band of what is usual: only ${found.days} of the seven days before have samples.`
    default:
      return ''
  }
}

function Numbers({ view, usual, marks }: FoldProps) {
  const clock = clockIn(useZone())
  const { grid, lines, unit } = view
  const moments = (lines[0]?.values ?? []).map((_, index) => grid.fromMs + index * grid.stepMs)
  return (
    <div className="mt-1 max-h-72 overflow-y-auto">
      <Table caption={`Values of ${view.panel}`}>
        <Thead>
          <Th>Time</Th>
          {lines.map(({ name }) => (
            <Th key={name} end>
              {name}
            </Th>
          ))}
          {usual && <Th end>usual</Th>}
        </Thead>
        <tbody>
          {moments.map((ms, index) => (
            <Tr key={ms}>
              <Td row>
                {clock(ms)}
                {marks.some(({ at }) => Date.parse(at) >= ms && Date.parse(at) < ms + grid.stepMs) &&
                  ' deployment'}
              </Td>
              {lines.map(({ name, values }) => (
                <Td key={name} end>
                  {measure(values[index], unit)}
                </Td>
              ))}
              {usual && <Td end>{measure(usual.median[index], unit)}</Td>}
            </Tr>
          ))}
        </tbody>
      </Table>
    </div>
  )
}
