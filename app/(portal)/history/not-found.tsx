import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { paths } from '#lib/platform/paths.ts'

export default function EntryNotFound() {
  return (
    <Empty
      whole
      kind="nothing-matches"
      title="Entry not found"
      action={<ButtonLink href={paths.history()}>To the history</ButtonLink>}
    >
      The log has no entry of this number, or it is about a project that you may not read.
    </Empty>
  )
}
