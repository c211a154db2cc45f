import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { Mark } from '#lib/signals/data.ts'

/** What the vertical lines are, in words: a line of a chart can be neither read out nor pressed. */
export function Marks({ marks }: { marks: readonly Mark[] }) {
  if (marks.length === 0)
    return (
      <p className="border-line border-t px-4 py-2.5 text-ink-muted text-xs">No deployment in this time.</p>
    )
  return (
    <ul
      aria-label="Deployments in this time"
      className="flex flex-wrap gap-x-4 gap-y-1 border-line border-t px-4 py-2.5 text-ink-muted text-xs"
    >
      {marks.map(({ at, version, release, main }) => (
        <li key={`${at} ${release}`} className="inline-flex items-center gap-1.5">
          <svg
            viewBox="0 0 8 12"
            aria-hidden="true"
            className={`h-3 w-2 ${main ? 'text-ink' : 'text-ink-faint'}`}
          >
            <path
              d="M4 0v12"
              stroke="currentColor"
              strokeWidth="1.5"
              {...(!main && { strokeDasharray: '3 2' })}
            />
            {main && <path d="M0 0h8L4 6z" fill="currentColor" />}
          </svg>
          {main ? (
            <strong className="font-medium text-ink">This release</strong>
          ) : release ? (
            <Link href={paths.release(release)} className="hover:text-ink hover:underline">
              Release {version !== null && visible(version)}
            </Link>
          ) : (
            <>Deployment {version !== null && visible(version)}</>
          )}
          <Time at={at} as="clock" />
        </li>
      ))}
    </ul>
  )
}
