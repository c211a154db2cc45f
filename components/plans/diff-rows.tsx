import type { ReactNode } from 'react'
import { cn } from '#components/ui/cn.ts'
import { visible } from '#components/ui/visible.ts'
import type { Cell, Row } from '#lib/manifests/rows.ts'
import type { Span } from '#lib/manifests/words.ts'

const signs = { same: ' ', added: '+', removed: '−' } as const
const tints = { same: '', added: 'bg-positive-soft text-ink', removed: 'bg-negative-soft text-ink' } as const
const inks = { same: 'text-ink-faint', added: 'text-positive', removed: 'text-negative' } as const
const marked = {
  same: '',
  added: 'rounded-xs bg-positive/20 text-ink',
  removed: 'rounded-xs bg-negative/20 text-ink',
} as const
type Kind = keyof typeof signs

/** The words that differ stand out; every part passes through `visible`, marks or not. */
function Words({ text, marks, kind }: { text: string; marks: Span[] | undefined; kind: Kind }) {
  if (!marks) return visible(text)
  const parts: ReactNode[] = []
  let at = 0
  for (const [from, to] of marks) {
    parts.push(visible(text.slice(at, from)))
    parts.push(
      <mark key={from} className={marked[kind]}>
        {visible(text.slice(from, to))}
      </mark>,
    )
    at = to
  }
  return [...parts, visible(text.slice(at))]
}

type LineProps = { kind: Kind; cell: Cell; id: string | undefined; className?: string }

/** Its number is the link to it; out of the order of tabs, or a long diff would be a wall for the keyboard. */
function Line({ kind, cell, id, className }: LineProps) {
  return (
    <div
      id={id}
      className={cn(
        'flex h-[1.125rem] pr-4 target:bg-active-soft target:outline target:outline-accent',
        tints[kind],
        className,
      )}
    >
      <a
        href={id && `#${id}`}
        tabIndex={-1}
        className="w-12 shrink-0 select-none pr-2 text-right text-ink-muted hover:underline"
      >
        {cell.n}
      </a>
      <span className={cn('w-5 shrink-0 select-none', inks[kind])}>{signs[kind]}</span>
      <span className="whitespace-pre">
        <Words text={cell.text} marks={cell.marks} kind={kind} />
      </span>
    </div>
  )
}

const Half = ({ kind, cell, id }: { kind: Kind; cell: Cell | null; id: string | undefined }) =>
  cell ? (
    <Line kind={kind} cell={cell} id={id} className="min-w-0 grow basis-1/2 overflow-x-clip" />
  ) : (
    <div className="h-[1.125rem] grow basis-1/2 bg-sunken/60" />
  )

function One({ row, anchor, split }: { row: Row; anchor: string; split: boolean }) {
  if (row.kind === 'raw') return <div className="h-[1.125rem] whitespace-pre px-4">{visible(row.text)}</div>
  if (row.kind === 'gap')
    return (
      <div className="h-[1.125rem] bg-sunken px-4 text-ink-muted">
        {row.lines} unchanged {row.lines === 1 ? 'line' : 'lines'}
      </div>
    )
  if (row.kind === 'same') {
    const { before, after, text } = row
    const id = `${anchor}-r${after}`
    if (!split) return <Line kind="same" cell={{ n: after, text }} id={id} />
    return (
      <div className="flex">
        <Half kind="same" cell={{ n: before, text }} id={`${anchor}-l${before}`} />
        <Half kind="same" cell={{ n: after, text }} id={id} />
      </div>
    )
  }
  const { left, right } = row
  const leftId = left ? `${anchor}-l${left.n}` : undefined
  const rightId = right ? `${anchor}-r${right.n}` : undefined
  if (split)
    return (
      <div className="flex">
        <Half kind="removed" cell={left} id={leftId} />
        <Half kind="added" cell={right} id={rightId} />
      </div>
    )
  if (left) return <Line kind="removed" cell={left} id={leftId} />
  return right && <Line kind="added" cell={right} id={rightId} />
}

/** Rows of one object, from its row `from` on. */
export function DiffRows({
  rows,
  from = 0,
  anchor,
  split,
}: {
  rows: readonly Row[]
  from?: number
  anchor: string
  split: boolean
}) {
  return rows.map((row, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a stored diff never changes
    <One key={from + at} row={row} anchor={anchor} split={split} />
  ))
}
