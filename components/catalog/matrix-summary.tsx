import Link from 'next/link'
import { toggled } from '#lib/catalog/filter.ts'
import type { MatrixFilter, MatrixPage } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { type Board, toSearch } from '#lib/views/board.ts'

type SummaryProps = { page: MatrixPage; filter: MatrixFilter; board: Board }

/** How much there is, what waits for who is looking, and what is ill where it matters. */
export function MatrixSummary({ page, filter, board }: SummaryProps) {
  const { services, columns, counts } = page
  if (services === 0) return null
  const environments = new Set(columns.map((column) => column.environment)).size
  const only = (which: 'mine' | 'degraded') => paths.services(toSearch(toggled(filter, 'only', which), board))
  return (
    <>
      <span className="max-md:hidden">
        {services.toLocaleString('en')} {services === 1 ? 'service' : 'services'} in {environments}{' '}
        {environments === 1 ? 'environment' : 'environments'}
      </span>
      {counts.mine > 0 && (
        <>
          <span className="max-md:hidden"> · </span>
          <Link href={only('mine')} prefetch={false} className="font-semibold text-ink hover:underline">
            {counts.mine} {counts.mine === 1 ? 'waits' : 'wait'} for you
          </Link>
        </>
      )}
      {counts.degraded > 0 && (
        <>
          <span className={counts.mine > 0 ? undefined : 'max-md:hidden'}> · </span>
          <Link href={only('degraded')} prefetch={false} className="hover:underline">
            {counts.degraded} degraded in production
          </Link>
        </>
      )}
    </>
  )
}
