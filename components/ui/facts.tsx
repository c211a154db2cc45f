import type { ReactNode } from 'react'
import { cn } from './cn.ts'

type Fact = { name: string; value: ReactNode }

/** A list of facts: name left, value right, one line each. A fact without a value is not shown blank: say why. */
export function Facts({ facts, className }: { facts: readonly Fact[]; className?: string }) {
  return (
    <dl className={cn('grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 gap-y-1.5 text-sm', className)}>
      {facts.map((fact) => (
        <div key={fact.name} className="col-span-2 grid grid-cols-subgrid items-baseline">
          <dt className="text-ink-muted">{fact.name}</dt>
          <dd className="min-w-0 text-ink">{fact.value}</dd>
        </div>
      ))}
    </dl>
  )
}
