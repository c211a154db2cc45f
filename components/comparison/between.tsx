import { DiffPanel } from '#components/plans/diff.tsx'
import { authorName } from '#components/service/author.ts'
import { RefreshOn } from '#components/shell/live.tsx'
import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Copyable } from '#components/ui/copyable.tsx'
import { visible } from '#components/ui/visible.ts'
import type { OpenPair } from '#lib/comparison/loaders.ts'
import type { CellThen } from '#lib/past/schema.ts'
import { AskManifests } from './ask-manifests.tsx'

/** Under a pair: what lies between its two sides. */
export function BetweenRow({ open, names }: { open: OpenPair; names: readonly [string, string] }) {
  const { pair, between, row, manifests } = open
  const { commits, complete, why } = between
  return (
    <tr>
      <td colSpan={5} className="border-line border-b bg-sunken/40 px-4 py-3 max-md:col-span-2">
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
                    {authorName(author)}
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
        <Manifests asked={manifests} pair={pair} names={names} />
      </td>
    </tr>
  )
}

type ManifestsProps = {
  asked: OpenPair['manifests']
  pair: OpenPair['pair']
  names: readonly [string, string]
}

/** The rendered manifests of both, as soon as somebody asked for them. */
function Manifests({ asked, pair: { left, right }, names }: ManifestsProps) {
  if (!left || !right) return null
  const waiting = asked?.state === 'asked' || asked?.state === 'rendering'
  return (
    <div className="mt-3 grid gap-2">
      {asked?.state === 'done' ? (
        <>
          <p className="text-ink-muted text-xs">
            Lines with + are in {names[0]} only, lines with − in {names[1]} only. Rendered by Argo CD{' '}
            <Time at={asked.at} as="ago" /> with the parameters that the applications have now; secrets are
            masked.
          </p>
          <DiffPanel diff={asked.diff} title="Manifests" />
        </>
      ) : (
        <>
          {asked?.state === 'failed' && (
            <Callout tone="attention" title="The manifests could not be compared">
              {visible(asked.problem)}
            </Callout>
          )}
          {waiting && <RefreshOn names={[{ application: left.application }]} />}
          <AskManifests
            left={{ application: left.application, revisions: left.revisions }}
            right={{ application: right.application, revisions: right.revisions }}
            waiting={waiting}
          />
        </>
      )}
    </div>
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
