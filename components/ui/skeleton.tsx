import { cn } from './cn.ts'
import { Panel } from './panel.tsx'

/** A grey bar where text will be. It appears only after 200 ms: a quick answer shows no skeleton at all. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span aria-hidden="true" className={cn('block h-3 animate-appear rounded-sm bg-line/60', className)} />
  )
}

/** Rows of the height that real rows have, so that nothing jumps when they come. */
export function SkeletonRows({ rows = 8, label = 'Loading' }: { rows?: number; label?: string }) {
  return (
    <div role="status" className="divide-y divide-line">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike and never move
        <div key={row} className="flex h-row items-center gap-8 px-4">
          <Skeleton className="w-32" />
          <Skeleton className="w-24" />
          <Skeleton className="w-40 max-sm:hidden" />
        </div>
      ))}
    </div>
  )
}

/** Where a list page will be, in its measure. */
export function SkeletonPage() {
  return (
    <>
      <div className="grid h-[4.375rem] content-center pt-1">
        <Skeleton className="h-5 w-36" />
      </div>
      <div className="flex h-8 items-center gap-3">
        <Skeleton className="h-4 w-56" />
        <Skeleton className="h-4 w-28" />
      </div>
      <Panel className="mt-3">
        <SkeletonRows rows={12} />
      </Panel>
    </>
  )
}
