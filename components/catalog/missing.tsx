import { ButtonLink } from '#components/ui/button-link.tsx'
import { paths } from '#lib/platform/paths.ts'

/** Nothing at this address, or nothing for this person: on purpose nobody can tell which. */
export function Missing() {
  return (
    <div className="mx-auto grid max-w-96 justify-items-center gap-2 px-4 py-16 text-center">
      <h1 tabIndex={-1} className="font-semibold text-ink text-lg">
        Not found
      </h1>
      <p className="text-balance text-ink-muted text-sm">
        There is nothing at this address, or you may not see it.
      </p>
      <ButtonLink href={paths.services()} className="mt-2">
        To the services
      </ButtonLink>
    </div>
  )
}
