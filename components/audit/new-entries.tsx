'use client'

import { useQuery } from '@tanstack/react-query'
import { fetchJson } from '#components/shell/fetch-json.ts'
import { useLive } from '#components/shell/live.tsx'
import { buttonStyle } from '#components/ui/button-style.ts'
import { textsOf } from '#lib/audit/history.ts'
import type { HistoryQuery } from '#lib/audit/schema.ts'
import { paths } from '#lib/platform/paths.ts'

const countMax = 100

/**
 * Says that entries have come since the page was read, and leaves the rows where they are. To see them is a
 * reading of its own, so it is a whole page load and not a refresh.
 */
export function NewEntries({ since, query }: { since: number; query: HistoryQuery }) {
  const narrowing = textsOf(query, { from: undefined, before: undefined, entry: undefined })
  const queryKey = ['history', 'since', since, narrowing]
  const { data } = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      fetchJson<{ count: number }>(paths.api.history({ ...narrowing, since: String(since) }), signal),
    initialData: { count: 0 },
    staleTime: Number.POSITIVE_INFINITY,
  })
  useLive((name) => ('log' in name ? [queryKey] : []))
  const { count } = data
  const words = `${count >= countMax ? `${countMax} or more` : count} new ${count === 1 ? 'entry' : 'entries'}`
  return (
    <p role="status" className={count === 0 ? 'sr-only' : 'text-center text-sm'}>
      {count > 0 && (
        <a
          href={paths.history(textsOf(query, { before: undefined, entry: undefined }))}
          className={buttonStyle('default', 'sm')}
        >
          {words}, show
        </a>
      )}
    </p>
  )
}
