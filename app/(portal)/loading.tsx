import { Panel } from '#components/ui/panel.tsx'
import { Skeleton, SkeletonRows } from '#components/ui/skeleton.tsx'

/** Where a page will be, in its measure, so that nothing jumps when it comes. */
export default function Loading() {
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
        <SkeletonRows rows={12} label="Loading" />
      </Panel>
    </>
  )
}
