import type { ReactNode } from 'react'
import { Panel } from '#components/ui/panel.tsx'

type Stop = { key: string; title: string; note?: string; mine?: boolean; content: ReactNode }

/** Environments in their order, one leading to the next. */
export function Line({ stops }: { stops: readonly Stop[] }) {
  return (
    <ol
      aria-label="Environments, in order"
      className="flex gap-x-2 gap-y-1 max-lg:flex-col lg:overflow-x-auto"
    >
      {stops.map(({ key, title, note, mine = false, content }, index) => (
        <li key={key} className="flex min-w-64 grow basis-0 gap-2 max-lg:flex-col">
          {index > 0 && (
            <span aria-hidden="true" className="self-center text-ink-faint max-lg:rotate-90">
              →
            </span>
          )}
          <Panel title={title} note={note} mine={mine} className="grow">
            {content}
          </Panel>
        </li>
      ))}
    </ol>
  )
}
