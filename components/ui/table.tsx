import Link from 'next/link'
import type { ComponentProps, ReactNode } from 'react'
import { cn } from './cn.ts'

type TableProps = {
  /** What the table lists; read out, not drawn. */
  caption: string
  children: ReactNode
  /** Marks the body for `j`, `k` and Enter: the first link of a row is what Enter opens. */
  list?: boolean
  className?: string
}

/** A real table. It scrolls sideways inside its own frame, so that the page never does. */
export function Table({ caption, children, list = false, className }: TableProps) {
  return (
    <section
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="relative overflow-x-auto rounded-lg focus-visible:-outline-offset-2"
    >
      <table
        data-list={list ? '' : undefined}
        className={cn('w-full border-separate border-spacing-0 text-left text-sm', className)}
      >
        <caption className="sr-only">{caption}</caption>
        {children}
      </table>
    </section>
  )
}

/** Head row: `<Thead><Th>…</Th></Thead>`. */
export function Thead({ children }: { children: ReactNode }) {
  return (
    <thead>
      <tr>{children}</tr>
    </thead>
  )
}

/** Column head. `end` for numbers. */
export function Th({ children, end = false, className, ...props }: ComponentProps<'th'> & { end?: boolean }) {
  return (
    <th
      scope="col"
      {...props}
      className={cn(
        'h-8 whitespace-nowrap border-line border-b px-3 font-medium text-ink-muted text-xs first:pl-4 last:pr-4',
        end && 'text-right',
        className,
      )}
    >
      {children}
    </th>
  )
}

type SortThProps = {
  label: string
  href: string
  sorted?: 'ascending' | 'descending' | undefined
  end?: boolean
}

/** Column head that sorts. Sort is in the address, so it is a link; `href` is the other order. */
export function SortTh({ label, href, sorted, end }: SortThProps) {
  return (
    <Th aria-sort={sorted ?? 'none'} {...(end && { end })}>
      <Link href={href} className="inline-flex items-center gap-1 rounded-sm hover:text-ink">
        {label}
        <span aria-hidden="true" className={cn('text-2xs', !sorted && 'opacity-0')}>
          {sorted === 'descending' ? '↓' : '↑'}
        </span>
      </Link>
    </Th>
  )
}

/** One row, 36 px. `mine` draws the bar of what waits for the person who looks; `changed` tints it once. */
export function Tr({
  children,
  mine = false,
  changed = false,
  className,
  ...props
}: ComponentProps<'tr'> & { mine?: boolean; changed?: boolean }) {
  return (
    <tr
      {...props}
      className={cn(
        'group/row hover:bg-sunken/60 has-[a:focus-visible]:bg-sunken/60 [&:last-child>*]:border-b-0',
        changed && 'motion-safe:animate-tint',
        mine && '[&>:first-child]:mine',
        className,
      )}
    >
      {children}
    </tr>
  )
}

/** A cell. `row` makes it the row's head (a real `th`); `end` aligns numbers. */
export function Td({
  children,
  row = false,
  end = false,
  className,
  ...props
}: ComponentProps<'td'> & { row?: boolean; end?: boolean }) {
  const style = cn(
    'h-row border-line border-b px-3 py-1.5 align-middle font-normal first:pl-4 last:pr-4',
    end && 'text-right',
    className,
  )
  return row ? (
    <th scope="row" {...props} className={style}>
      {children}
    </th>
  ) : (
    <td {...props} className={style}>
      {children}
    </td>
  )
}
