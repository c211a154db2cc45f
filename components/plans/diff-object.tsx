import { Chip } from '#components/status/status.tsx'
import { visible } from '#components/ui/visible.ts'
import type { DiffLook, RowPage } from '#lib/manifests/rows.ts'
import { DiffRows } from './diff-rows.tsx'
import { rowHeightPx } from './look.ts'
import { MoreRows } from './more-rows.tsx'
import { changeWords, counted, type Shown } from './plan-words.ts'

type DiffObjectProps = {
  resource: Shown
  /** Its place on the page: the start of the addresses of its lines. */
  id: string
  look: DiffLook
  /** Its first rows; the others are fetched when they come into sight. */
  page: RowPage
  /** Where the others are: the digest of the plan, or nowhere. */
  plan: string | undefined
}

function Title({ resource, id }: { resource: Shown; id: string }) {
  const hidden = resource.change === 'unchanged' && resource.hiddenValues
  const change = hidden ? 'cannot tell' : changeWords[resource.change]
  return (
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
  )
}

/** One object of a diff: what it is, what is risky about it, and its lines. */
export function DiffObject({ resource, id, look, page, plan }: DiffObjectProps) {
  const split = look.view === 'split'
  const left = page.count - page.rows.length
  // Numbers and signs take 5.25 rem of each column; one character is one `ch` of a fixed-width face.
  const width = look.view === 'raw' ? `${page.width + 4}ch` : `calc(${page.width}ch + 5.25rem)`
  return (
    <article
      id={id}
      className="scroll-mt-16 border-line border-t py-3 first:border-t-0 target:bg-active-soft/50"
    >
      <Title resource={resource} id={id} />
      {page.count > 0 && (
        <section
          aria-label={`Changes of ${visible(resource.kind)} ${visible(resource.name)}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          className="overflow-x-auto py-1 font-mono text-xs leading-[1.125rem] focus-visible:-outline-offset-2"
        >
          <div style={{ minWidth: split ? `calc(2 * (${width}))` : width }}>
            <DiffRows rows={page.rows} anchor={id} split={split} />
            {left > 0 && plan && (
              <div style={{ height: left * rowHeightPx }}>
                <MoreRows
                  plan={plan}
                  object={resource.index}
                  anchor={id}
                  look={look}
                  from={page.rows.length}
                  count={page.count}
                />
              </div>
            )}
          </div>
        </section>
      )}
      {left > 0 && !plan && (
        <p className="px-4 text-ink-muted text-sm">{counted(left, 'more line')} not shown here.</p>
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
      {resource.noiseLines > 0 && page.count > 0 && (
        <p className="px-4 pt-1 text-ink-faint text-xs">
          {counted(resource.noiseLines, 'line')} of noise left out
        </p>
      )}
    </article>
  )
}
