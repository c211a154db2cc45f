import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { paths } from '#lib/platform/paths.ts'

/** Nothing at this address, or nothing for this person: on purpose nobody can tell which. */
export function Missing() {
  return (
    <Empty
      whole
      kind="nothing-matches"
      title="Not found"
      action={<ButtonLink href={paths.services()}>To the services</ButtonLink>}
    >
      There is nothing at this address, or you may not see it.
    </Empty>
  )
}
