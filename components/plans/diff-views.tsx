import { ButtonLink } from '#components/ui/button-link.tsx'
import type { DiffLook, DiffView } from '#lib/manifests/rows.ts'
import { views } from './look.ts'

/** How the diff is drawn, as links: a look can be sent to somebody, and Back undoes it. */
export function DiffViews({ look, hrefOf }: { look: DiffLook; hrefOf: (look: DiffLook) => string }) {
  return (
    <nav aria-label="How changes are shown" className="flex flex-wrap gap-1">
      {(Object.keys(views) as DiffView[]).map((view) => (
        <ButtonLink
          key={view}
          size="sm"
          replace
          scroll={false}
          prefetch={false}
          href={hrefOf({ ...look, view })}
          aria-current={view === look.view ? 'true' : undefined}
        >
          {views[view]}
        </ButtonLink>
      ))}
      {look.view !== 'raw' && (
        <ButtonLink
          size="sm"
          replace
          scroll={false}
          prefetch={false}
          href={hrefOf({ ...look, onlyChanged: !look.onlyChanged })}
          aria-current={look.onlyChanged ? 'true' : undefined}
        >
          Only changed
        </ButtonLink>
      )}
    </nav>
  )
}
