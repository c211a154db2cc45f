import { Callout } from '#components/status/callout.tsx'
import { Chip } from '#components/status/status.tsx'
import { cn } from '#components/ui/cn.ts'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { DiffLine, PlanDiff, ResourceDiff } from '#lib/plans/plan.ts'
import { anchorOf, changeWords, counted, cut, dedent, summarize } from './plan-words.ts'

const signs = { same: ' ', added: '+', removed: '−' } as const
const tints = {
  same: '',
  added: 'bg-positive-soft text-ink',
  removed: 'bg-negative-soft text-ink',
} as const
const inks = { same: 'text-ink-faint', added: 'text-positive', removed: 'text-negative' } as const

function Line({ line }: { line: DiffLine }) {
  return (
    <div className={cn('flex min-w-max pr-4', tints[line.kind])}>
      <span aria-hidden="true" className="w-12 shrink-0 select-none pr-2 text-right text-ink-muted">
        {line.kind === 'removed' ? line.before : line.after}
      </span>
      <span className={cn('w-5 shrink-0 select-none', inks[line.kind])}>{signs[line.kind]}</span>
      <span className="whitespace-pre">{visible(line.text)}</span>
    </div>
  )
}

function Hunks({ hunks, label }: { hunks: ResourceDiff['hunks']; label: string }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="overflow-x-auto py-1 font-mono text-xs leading-[1.125rem] focus-visible:-outline-offset-2"
    >
      {hunks.map((hunk, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a stored diff never changes
        <div key={index} className={cn('w-fit min-w-full', index > 0 && 'mt-1 border-line border-t pt-1')}>
          {hunk.lines.map((line, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a stored diff never changes
            <Line key={n} line={line} />
          ))}
        </div>
      ))}
    </section>
  )
}

function Resource({ resource }: { resource: ResourceDiff }) {
  const { head, rest, lines } = cut(dedent(resource.hunks))
  const name = `${visible(resource.kind)} ${visible(resource.name)}`
  const hidden = resource.change === 'unchanged' && resource.hiddenValues
  const change = hidden ? 'cannot tell' : changeWords[resource.change]
  const id = anchorOf(resource)
  return (
    <article id={id} className="border-line border-t py-3 first:border-t-0 target:bg-active-soft/50">
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1 px-4 pb-1">
        <h3 className="text-sm">
          <a href={`#${id}`} className="hover:underline">
            <strong className="font-semibold">{visible(resource.kind)}</strong>{' '}
            <span className="font-mono">{visible(resource.name)}</span>
          </a>
        </h3>
        {change && (
          <Chip tone={hidden ? 'neutral' : resource.change === 'added' ? 'positive' : 'attention'}>
            {change}
          </Chip>
        )}
        {resource.risks.map((risk) => (
          <Chip key={risk} tone="attention" glyph="triangle" title={visible(risk)}>
            {visible(risk)}
          </Chip>
        ))}
      </header>
      {head.length > 0 && <Hunks hunks={head} label={`Changes of ${name}`} />}
      {rest.length > 0 && (
        <details>
          <summary className="px-4 py-1 text-ink-muted text-sm hover:text-ink">
            Show all {lines} lines of {name}
          </summary>
          <Hunks hunks={rest} label={`More changes of ${name}`} />
        </details>
      )}
      {resource.tooLarge && (
        <p className="px-4 text-ink-muted text-sm">
          Too large to show line by line; it is in the digest and in the risks all the same.
        </p>
      )}
      {resource.hiddenValues && (
        <p className="px-4 text-ink-muted text-sm">
          Argo CD hides the values of Secrets: whether they change, nobody can see here.
        </p>
      )}
      {resource.noiseLines > 0 && head.length > 0 && (
        <p className="px-4 pt-1 text-ink-faint text-xs">
          {counted(resource.noiseLines, 'line')} of noise left out
        </p>
      )}
    </article>
  )
}

/**
 * What a sync of the plan would change of what is live, as the worker saw it and froze it into the plan. `done`: the
 * sync has happened since. `title` for a diff that is of no plan.
 */
export function DiffPanel({
  diff,
  done = false,
  title = done ? 'What changed' : 'What would change',
}: {
  diff: PlanDiff
  done?: boolean
  title?: string
}) {
  if (diff.kind === 'cannot-tell')
    return (
      <Panel title={title} id="diff" padded>
        <Callout tone="attention" title="Nobody can tell what would change">
          {visible(diff.why)}
        </Callout>
      </Panel>
    )
  const { shown, unchanged, noiseLines, risky } = summarize(diff)
  return (
    <Panel
      id="diff"
      title={title}
      note={
        <>
          {risky > 0 && (
            <Chip tone="attention" glyph="triangle">
              {risky} {risky === 1 ? 'raises' : 'raise'} risk
            </Chip>
          )}
          <span>
            {counted(shown.length, 'resource')}
            {unchanged > 0 && `, ${unchanged} unchanged hidden`}
          </span>
        </>
      }
    >
      {shown.length === 0 && (
        <p className="p-4 text-ink-muted text-sm">
          No resource changes. The plan differs from what runs only in its revision.
        </p>
      )}
      {shown.map((resource) => (
        <Resource key={`${resource.group}/${anchorOf(resource)}`} resource={resource} />
      ))}
      {noiseLines > 0 && (
        <details className="border-line border-t px-4 py-3 text-ink-muted text-sm">
          <summary className="hover:text-ink">{counted(noiseLines, 'line')} of noise folded</summary>
          <p className="mt-2 max-w-[68ch]">
            Checksums, tracking ids and chart labels that differ with every revision. They are part of what is
            signed; only the drawing leaves them out.
          </p>
        </details>
      )}
    </Panel>
  )
}
