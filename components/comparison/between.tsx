import { Time } from '#components/shell/time.tsx'
import { Copyable } from '#components/ui/copyable.tsx'
import { visible } from '#components/ui/visible.ts'
import type { OpenPair } from '#lib/comparison/loaders.ts'
import type { CellThen } from '#lib/past/schema.ts'

/** Under a pair: what lies between its two sides. */
export function BetweenRow({ open, names }: { open: OpenPair; names: readonly [string, string] }) {
  const { pair, between, row } = open
  const { commits, complete, why } = between
  return (
    <tr>
      <td colSpan={5} className="border-line border-b bg-sunken/40 px-4 py-3">
        <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <section aria-label={`Commits between the sides of ${visible(row.service)}`} className="min-w-0">
            <h2 className="mb-1 font-semibold text-sm">
              {commits.length === 0
                ? 'No commit between them is known'
                : `${commits.length} ${commits.length === 1 ? 'commit' : 'commits'}${complete ? '' : ' known'}`}
            </h2>
            <ol className="divide-y divide-line">
              {commits.map(({ sha, subject, author, at }) => (
                <li key={sha} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 py-1 text-sm">
                  <Copyable value={sha} what="commit" />
                  <span className="min-w-0 grow break-words">{visible(subject) || 'no subject'}</span>
                  <span className="text-ink-muted text-xs">
                    {visible(author) || 'unknown author'}
                    {at !== null && (
                      <>
                        , <Time at={at} as="clock" />
                      </>
                    )}
                  </span>
                </li>
              ))}
            </ol>
            {why !== null && <p className="mt-1 text-ink-muted text-xs">{why}</p>}
          </section>
          <div className="grid content-start gap-3">
            <Revisions name={names[0]} cell={pair.left} />
            <Revisions name={names[1]} cell={pair.right} />
          </div>
        </div>
      </td>
    </tr>
  )
}

function Revisions({ name, cell }: { name: string; cell: CellThen | null }) {
  if (!cell) return null
  return (
    <section aria-label={`Revisions of ${name}`} className="min-w-0 text-xs">
      <h3 className="mb-0.5 font-medium text-ink">{name}</h3>
      {cell.revisions.length === 0 && <p className="text-ink-muted">Its revisions are not known.</p>}
      {cell.revisions.map((revision) => (
        <div key={revision}>
          <Copyable value={revision} what={`revision of ${name}`} />
        </div>
      ))}
      {cell.images.map((image) => (
        <p key={image} className="break-all font-mono text-ink-muted">
          {visible(image)}
        </p>
      ))}
    </section>
  )
}
