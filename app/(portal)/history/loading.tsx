import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { SkeletonRows } from '#components/ui/skeleton.tsx'

export default function HistoryLoading() {
  return (
    <>
      <PageHeader title="History" />
      <Panel>
        <SkeletonRows rows={12} label="Loading the history" />
      </Panel>
    </>
  )
}
