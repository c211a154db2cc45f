import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Overview } from '#lib/applications/loaders.ts'
import type { SourceView } from '#lib/applications/revision.ts'
import { RevisionMeaning } from './meaning.tsx'

function Where({ source: { repository, what, target } }: { source: SourceView }) {
  return (
    <p className="min-w-0 break-words font-medium">
      {visible(repository)}
      <span className="font-normal text-ink-muted">
        {what && (
          <>
            , {what.kind === 'ref' ? 'values as' : what.kind}{' '}
            <code className="font-mono text-ink text-xs">
              {what.kind === 'ref' && '$'}
              {visible(what.text)}
            </code>
          </>
        )}
        , at <code className="font-mono text-ink text-xs">{visible(target)}</code>
      </span>
    </p>
  )
}

const labelled = 'grid gap-x-4 gap-y-0.5 sm:grid-cols-[6rem_1fr]'

function Source({ source, meanings }: { source: SourceView; meanings: Overview['meanings'] }) {
  const { runs, desired, parameters } = source
  const same = runs !== null && runs === desired
  return (
    <li className="grid gap-2 px-4 py-3 text-sm">
      <Where source={source} />
      <div className={labelled}>
        <span className="text-ink-muted">{same ? 'Runs, as Git says' : 'Runs'}</span>
        {runs ? (
          <RevisionMeaning revision={runs} meaning={meanings.get(runs)} what="revision that runs" />
        ) : (
          'No completed sync is known'
        )}
      </div>
      {!same && desired && (
        <div className={labelled}>
          <span className="text-ink-muted">Git says</span>
          <RevisionMeaning revision={desired} meaning={meanings.get(desired)} what="revision that Git says" />
        </div>
      )}
      {parameters && (
        <details className="text-xs">
          <summary className="w-fit text-ink-muted hover:text-ink pointer-coarse:py-3">
            Parameters, secrets masked
          </summary>
          <pre className="mt-1 max-h-96 overflow-auto whitespace-pre-wrap break-words rounded-md bg-sunken p-3 font-mono text-ink">
            {visible(parameters)}
          </pre>
        </details>
      )}
    </li>
  )
}

/** Every source of the application with the revision that runs and the one that Git says. */
export function SourcesPanel({ sources, meanings }: Pick<Overview, 'sources' | 'meanings'>) {
  if (sources.length === 0) return null
  return (
    <Panel
      title={sources.length === 1 ? 'Source' : 'Sources'}
      note={sources.length > 1 && `${sources.length}`}
    >
      <Rows>
        {sources.map((source, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: sources are told apart by their place alone
          <Source key={at} source={source} meanings={meanings} />
        ))}
      </Rows>
    </Panel>
  )
}
