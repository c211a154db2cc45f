import Link from 'next/link'
import { Fragment } from 'react'

type Crumb = { label: string; href: string }

/** Where this page hangs: links to the pages above it, then its own name. */
export function Breadcrumbs({ above, here }: { above: readonly Crumb[]; here: string }) {
  return (
    <nav aria-label="Breadcrumbs" className="text-sm">
      <ol className="flex flex-wrap items-center gap-1.5 text-ink-muted">
        {above.map((crumb) => (
          <Fragment key={crumb.href}>
            <li>
              <Link
                href={crumb.href}
                className="relative rounded-sm pointer-coarse:after:absolute pointer-coarse:after:-inset-x-1 pointer-coarse:after:-inset-y-3.5 hover:text-ink hover:underline"
              >
                {crumb.label}
              </Link>
            </li>
            <li aria-hidden="true">/</li>
          </Fragment>
        ))}
        <li aria-current="page" className="min-w-0 truncate text-ink">
          {here}
        </li>
      </ol>
    </nav>
  )
}
