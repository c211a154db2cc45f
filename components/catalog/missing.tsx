import { buttonStyle } from '#components/ui/button-style.ts'
import { Empty } from '#components/ui/empty.tsx'
import { paths } from '#lib/platform/paths.ts'

/** Nothing at this address, or nothing for this person: on purpose nobody can tell which. */
export function Missing() {
  return (
    <Empty
      whole
      kind="nothing-matches"
      title="Not found"
      action={
        // Every page carries this along in case it is missing: a plain link, or each would load Next's twice.
        <a href={paths.services()} className={buttonStyle()}>
          To the services
        </a>
      }
    >
      There is nothing at this address, or you may not see it.
    </Empty>
  )
}
