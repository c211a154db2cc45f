import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { paths } from '#lib/platform/paths.ts'
import type { MatrixFilter, MatrixPage } from './schema.ts'

export const matrixKey = ['services'] as const

/**
 * One page of the matrix, kept while the next one comes. `read` fetches JSON from our own API; `initial` is what the
 * server rendered with.
 */
export const matrixQuery = (
  filter: MatrixFilter,
  read: (path: string, signal: AbortSignal) => Promise<MatrixPage>,
  initial: MatrixPage | undefined,
) =>
  queryOptions({
    queryKey: [...matrixKey, filter],
    queryFn: ({ signal }) => read(paths.api.services(filter), signal),
    placeholderData: keepPreviousData,
    ...(initial && { initialData: initial, initialDataUpdatedAt: Date.parse(initial.at) }),
  })
