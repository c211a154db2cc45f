'use client'

import { useRouter, useSearchParams } from 'next/navigation'
import {
  type FocusEvent,
  lazy,
  type MouseEvent,
  memo,
  type PointerEvent,
  useDeferredValue,
  useEffect,
  useMemo,
  useState,
} from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { narrows, readFilter } from '#lib/catalog/filter.ts'
import type { MatrixFilter, MatrixPage } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { type Board, readBoard, toSearch } from '#lib/views/board.ts'
import type { Views } from '#lib/views/view.ts'
import { groupsOf, totalText } from './groups.ts'
import { MatrixFilters } from './matrix-filters.tsx'
import { MatrixSummary } from './matrix-summary.tsx'
import { MatrixTable } from './matrix-table.tsx'
import { useChanged } from './use-changed.ts'
import { useMatrix } from './use-matrix.ts'
import { useNarrow } from './use-narrow.ts'
import { useSteady } from './use-steady.ts'

// A desk has no use for cards, and most people for what is said of an empty list. The server may draw either, and then
// nothing is missing while the code comes: without a boundary of their own, what was there stays.
const MatrixCards = lazy(() =>
  import('./matrix-cards.tsx').then((module) => ({ default: module.MatrixCards })),
)
const MatrixEmpty = lazy(() =>
  import('./matrix-empty.tsx').then((module) => ({ default: module.MatrixEmpty })),
)

/** Moves within the matrix: only the address changes, and the list follows it without a new page. */
const show = (href: string) => window.history.pushState(null, '', href)

/**
 * Links that stay on this page are followed here, and those of cells: two hundred of them are plain, for each of Next's
 * own costs more than all else in its cell. Everything else (another tab, another page) is not ours.
 */
function follow(event: MouseEvent<HTMLElement>, go: (path: string) => void) {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = (event.target as Element).closest<HTMLAnchorElement>('a[href]')
  if (!link || link.origin !== location.origin) return
  if (link.closest('tbody')) {
    event.preventDefault()
    go(link.pathname)
  }
  if (link.pathname !== paths.services()) return
  // The past is a page of its own, made by the server.
  if (new URLSearchParams(link.search).has('at')) return
  event.preventDefault()
  const before = new URLSearchParams(location.search).get('after')
  show(link.href)
  if (new URLSearchParams(location.search).get('after') !== before) window.scrollTo({ top: 0 })
}

type MatrixProps = {
  initial: MatrixPage
  initialFilter: MatrixFilter
  views: Views
  /** Whether the browser says that it is a phone's. */
  phone: boolean
}

/** Every service in every environment. `initial` is the page that the server rendered for `initialFilter`. */
export function Matrix({ initial, initialFilter, views, phone }: MatrixProps) {
  const address = useSearchParams().toString()
  const [filter, board] = useMemo(() => {
    const search = Object.fromEntries(new URLSearchParams(address))
    return [readFilter(search), readBoard(search)]
  }, [address])
  const router = useRouter()
  const { query, page, list } = useMatrix(filter, initial, initialFilter)
  const { held, hold } = useHeld()
  const steady = useSteady(page.rows, list, held)
  const changed = useChanged(page.rows)
  // Keys come first: rows are drawn between them.
  const body = useDeferredValue(
    useMemo(
      () => ({ page, filter, board, steady: steady.rows, changed, phone }),
      [page, filter, board, steady.rows, changed, phone],
    ),
  )
  // Said of the rows that are drawn: the button goes when they have moved, not before.
  const moved = useDeferredValue(steady.moved)
  const announce = useAnnounce()
  const total = totalText(page)
  const found = narrows(filter) && !query.isPlaceholderData ? total : undefined
  useEffect(() => {
    if (found !== undefined) announce(`${found} ${found === '1' ? 'service matches' : 'services match'}`)
  }, [found, announce])
  // The outer element only looks on while links are pressed; Enter on a link is a click too.
  return (
    <div onClickCapture={(event) => follow(event, router.push)}>
      <PageHeader title="Services" summary={<MatrixSummary page={page} filter={filter} board={board} />} />
      {page.services > 0 && (
        <MatrixFilters
          filter={filter}
          board={board}
          page={page}
          views={views}
          go={(next, layout = board) =>
            window.history.replaceState(null, '', paths.services(toSearch(next, layout)))
          }
        />
      )}
      {query.isError && (
        <Callout
          tone="attention"
          className="mt-3"
          title="This list could not be read again"
          action={
            <Button size="sm" loading={query.isFetching} onClick={() => query.refetch()}>
              Try again
            </Button>
          }
        >
          What is shown is what was known before. It is tried again every few seconds.
        </Callout>
      )}
      <div aria-busy={query.isPlaceholderData || undefined} className="mt-3">
        {page.rows.length === 0 && steady.rows.length === 0 ? (
          <Panel>
            <MatrixEmpty page={page} />
          </Panel>
        ) : (
          <>
            <div {...hold}>
              <MatrixBody {...body} />
            </div>
            {moved > 0 && (
              <div className="sticky bottom-20 z-20 flex h-0 justify-center md:bottom-4">
                <Button
                  className="-translate-y-full shadow-float"
                  onClick={() => {
                    steady.refresh()
                    // The button goes with what it did; the focus must not go with it.
                    document.querySelector<HTMLElement>('main h1')?.focus()
                  }}
                >
                  {moved} {moved === 1 ? 'row' : 'rows'} moved, refresh order
                </Button>
              </div>
            )}
            <Foot page={page} filter={filter} board={board} total={total} />
          </>
        )}
      </div>
    </div>
  )
}

type BodyProps = {
  page: MatrixPage
  filter: MatrixFilter
  board: Board
  steady: ReturnType<typeof useSteady>['rows']
  changed: ReadonlySet<string>
  phone: boolean
}

const MatrixBody = memo(function MatrixBody({ page, filter, board, steady, changed, phone }: BodyProps) {
  const narrow = useNarrow(phone)
  const groups = groupsOf(page.columns, board)
  // Rows are drawn again when columns come or go, not when a counter in a head changes.
  const layout = JSON.stringify(groups.map(({ key, columns }) => [key, columns.map((column) => column.key)]))
  // biome-ignore lint/correctness/useExhaustiveDependencies: `layout` says all of the groups that rows show
  const rowGroups = useMemo(() => groups, [layout])
  const shown = useMemo(() => rowGroups.flatMap(({ columns }) => columns), [rowGroups])
  return (
    <>
      {!narrow && (
        <div className="rounded-lg border border-line bg-surface max-md:hidden">
          <MatrixTable
            groups={groups}
            rowGroups={rowGroups}
            rows={steady}
            from={page.from}
            total={page.totalIsMinimum ? -1 : page.total}
            filter={filter}
            board={board}
            changed={changed}
          />
        </div>
      )}
      {narrow && (
        <div className="md:hidden">
          <MatrixCards columns={shown} rows={steady} changed={changed} />
        </div>
      )}
    </>
  )
})

/** Whether a mouse or the focus is in there: then nothing may move under it. */
function useHeld() {
  const [pointer, setPointer] = useState(false)
  const [focus, setFocus] = useState(false)
  const hold = {
    onPointerEnter: (event: PointerEvent) => event.pointerType === 'mouse' && setPointer(true),
    onPointerLeave: () => setPointer(false),
    onFocus: () => setFocus(true),
    onBlur: (event: FocusEvent<HTMLElement>) =>
      setFocus(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)),
  }
  return { held: pointer || focus, hold }
}

const orders = {
  name: 'name',
  deployed: 'newest deployment',
  team: 'team, yours first',
} as const satisfies Record<NonNullable<MatrixFilter['sort']>, string>

type FootProps = { page: MatrixPage; filter: MatrixFilter; board: Board; total: string }

function Foot({ page, filter, board, total }: FootProps) {
  const to = page.from + page.rows.length - 1
  const shown = page.from >= to ? `${to}` : `${page.from}–${to}`
  const order = filter.sort ? orders[filter.sort] : 'what needs action'
  const at = (after: string | undefined) =>
    after === undefined ? undefined : paths.services(toSearch({ ...filter, after }, board))
  return (
    <Pager
      summary={`${shown} of ${total}, sorted by ${order}`}
      previous={at(page.previous)}
      next={at(page.next)}
    />
  )
}
