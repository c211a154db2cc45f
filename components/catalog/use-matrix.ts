'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { fetchJson } from '#components/shell/fetch-json.ts'
import { useBatches } from '#components/shell/live.tsx'
import { matrixKey, matrixQuery } from '#lib/catalog/queries.ts'
import type { MatrixFilter, MatrixPage } from '#lib/catalog/schema.ts'
import { waitMs } from '#lib/platform/pace.ts'

/** Between two readings of a fleet that does not come to rest; shorter than the stream's own rest, which sets the pace. */
const pace = { leadMs: 0, restMs: 200 } as const

/**
 * The page of the matrix for a filter, read again when something changed: at once after a quiet time, then a few
 * times a second at most and never two at a time. While nobody sees the tab nothing is read; the stream asks for everything when
 * somebody does. `list` names what `page` lists: that of the filter before while the next one is on its way.
 */
export function useMatrix(filter: MatrixFilter, initial: MatrixPage, initialFilter: MatrixFilter) {
  const wanted = JSON.stringify(filter)
  const query = useQuery(
    matrixQuery(
      filter,
      fetchJson<MatrixPage>,
      wanted === JSON.stringify(initialFilter) ? initial : undefined,
    ),
  )
  const queries = useQueryClient()
  const again = useRef(false)
  const readAtMs = useRef(Number.NEGATIVE_INFINITY)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  function read() {
    if (document.hidden) return
    if (queries.isFetching({ queryKey: matrixKey }) > 0) {
      again.current = true
      return
    }
    clearTimeout(timer.current)
    const leftMs = waitMs(performance.now(), readAtMs.current, pace)
    if (leftMs > 0) {
      timer.current = setTimeout(read, leftMs)
      return
    }
    again.current = false
    readAtMs.current = performance.now()
    queries.invalidateQueries({ queryKey: matrixKey })
  }
  useBatches(({ names }) => {
    if (names.some((name) => !('log' in name))) read()
  })
  const { isFetching } = query
  useEffect(() => {
    if (!isFetching && again.current) read()
  })
  useEffect(() => () => clearTimeout(timer.current), [])

  const [list, setList] = useState(wanted)
  if (list !== wanted && !query.isPlaceholderData) setList(wanted)
  return { query, page: query.data ?? initial, list: query.isPlaceholderData ? list : wanted }
}
