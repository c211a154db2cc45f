'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useSearchParams } from 'next/navigation'
import { type MouseEvent, useEffect } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { fetchJson } from '#components/shell/fetch-json.ts'
import { useLive } from '#components/shell/live.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { narrows, readFilter, toggled } from '#lib/catalog/filter.ts'
import { matrixKey, matrixQuery } from '#lib/catalog/queries.ts'
import type { MatrixFilter, MatrixPage } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { MatrixCards } from './matrix-cards.tsx'
import { MatrixEmpty } from './matrix-empty.tsx'
import { MatrixFilters } from './matrix-filters.tsx'
import { MatrixTable } from './matrix-table.tsx'
import { useChanged } from './use-changed.ts'

const same = (a: MatrixFilter, b: MatrixFilter) => JSON.stringify(a) === JSON.stringify(b)

/** Moves within the matrix: only the address changes, and the list follows it without a new page. */
const show = (href: string) => window.history.pushState(null, '', href)

/** Links that stay on this page are followed here; everything else (another tab, another page) is the browser's. */
function stay(event: MouseEvent<HTMLElement>) {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = (event.target as Element).closest<HTMLAnchorElement>('a[href]')
  if (!link || link.origin !== location.origin || link.pathname !== paths.services()) return
  event.preventDefault()
  const before = new URLSearchParams(location.search).get('after')
  show(link.href)
  if (new URLSearchParams(location.search).get('after') !== before) window.scrollTo({ top: 0 })
}

/** Every service in every environment. `initial` is the page that the server rendered for `initialFilter`. */
export function Matrix({ initial, initialFilter }: { initial: MatrixPage; initialFilter: MatrixFilter }) {
  const filter = readFilter(Object.fromEntries(useSearchParams()))
  const query = useQuery(
    matrixQuery(filter, fetchJson<MatrixPage>, same(filter, initialFilter) ? initial : undefined),
  )
  const page = query.data ?? initial
  useLive((name) => ('log' in name ? [] : [matrixKey]))
  const changed = useChanged(page.rows)
  const announce = useAnnounce()
  const found = narrows(filter) && !query.isPlaceholderData ? page.total : undefined
  useEffect(() => {
    if (found !== undefined) announce(`${found} ${found === 1 ? 'service matches' : 'services match'}`)
  }, [found, announce])
  // The outer element only looks on while links are pressed; Enter on a link is a click too.
  return (
    <div onClickCapture={stay}>
      <PageHeader title="Services" summary={<Summary page={page} filter={filter} />} />
      {page.services > 0 && (
        <MatrixFilters
          filter={filter}
          page={page}
          go={(next) => window.history.replaceState(null, '', paths.services(next))}
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
          {query.error.message} What is shown is what was known before.
        </Callout>
      )}
      <div aria-busy={query.isPlaceholderData || undefined} className="mt-3">
        {page.rows.length === 0 ? (
          <Panel>
            <MatrixEmpty page={page} />
          </Panel>
        ) : (
          <>
            <Panel className="max-md:hidden">
              <MatrixTable columns={page.columns} rows={page.rows} filter={filter} changed={changed} />
            </Panel>
            <div className="md:hidden">
              <MatrixCards columns={page.columns} rows={page.rows} />
            </div>
            <Foot page={page} filter={filter} />
          </>
        )}
      </div>
    </div>
  )
}

function Summary({ page, filter }: { page: MatrixPage; filter: MatrixFilter }) {
  const { services, columns, counts } = page
  if (services === 0) return null
  const environments = new Set(columns.map((column) => column.environment)).size
  return (
    <>
      <span className="max-md:hidden">
        {services} {services === 1 ? 'service' : 'services'} in {environments}{' '}
        {environments === 1 ? 'environment' : 'environments'}
      </span>
      {counts.mine > 0 && (
        <>
          <span className="max-md:hidden"> · </span>
          <Link
            href={paths.services(toggled(filter, 'only', 'mine'))}
            prefetch={false}
            className="font-semibold text-ink hover:underline"
          >
            {counts.mine} {counts.mine === 1 ? 'waits' : 'wait'} for you
          </Link>
        </>
      )}
      {counts.degraded > 0 && (
        <>
          <span className={counts.mine > 0 ? undefined : 'max-md:hidden'}> · </span>
          <Link
            href={paths.services(toggled(filter, 'only', 'degraded'))}
            prefetch={false}
            className="hover:underline"
          >
            {counts.degraded} degraded in production
          </Link>
        </>
      )}
    </>
  )
}

function Foot({ page, filter }: { page: MatrixPage; filter: MatrixFilter }) {
  const to = page.from + page.rows.length - 1
  const shown = page.from === to ? `${to}` : `${page.from}–${to}`
  const order = filter.sort === 'name' ? 'name' : 'what needs action'
  const at = (after: string | undefined) =>
    after === undefined ? undefined : paths.services({ ...filter, after })
  return (
    <Pager
      summary={`${shown} of ${page.total}, sorted by ${order}`}
      previous={at(page.previous)}
      next={at(page.next)}
    />
  )
}
