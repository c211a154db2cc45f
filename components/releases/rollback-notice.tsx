import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { ReleaseRow } from '#lib/releases/data.ts'
import { RollbackParameters } from './rollback-parameters.tsx'

/** Says of a release that it goes back, to what, and why: read before anything else on its page. */
export function RollbackNotice({ release: { rollback, version, state } }: { release: ReleaseRow }) {
  if (!rollback) return null
  const { occasion, release, from, to, changed } = rollback
  const link = (id: string, text: string) => (
    <Link href={paths.release(id)} className="text-ink underline">
      {text}
    </Link>
  )
  return (
    <Callout
      tone="attention"
      className="mb-4"
      title={
        <>
          Rollback to <span className="font-mono">{visible(rollback.version ?? version.to)}</span>, deployed{' '}
          <Time at={from} as="clock" />
        </>
      }
    >
      <div className="grid gap-2">
        <p>
          {to ? (
            <>
              It ran here until <Time at={to} as="clock" />.
            </>
          ) : (
            'It is the last that was deployed whole: a later sync failed on the way.'
          )}{' '}
          {release ? (
            <>It was approved as {link(release, 'this release')}.</>
          ) : (
            'No release brought it here then.'
          )}{' '}
          Asked for because{' '}
          {occasion.kind === 'release' ? (
            <>{link(occasion.release, 'a release')} did harm.</>
          ) : (
            <>
              of {occasion.kind} <span className="text-ink">{visible(occasion.name)}</span>.
            </>
          )}
          {state === 'requested' &&
            ' A new commit in Git changes nothing about it; another deployment or a change of the Application makes it stale.'}
        </p>
        <RollbackParameters changed={changed} />
      </div>
    </Callout>
  )
}
