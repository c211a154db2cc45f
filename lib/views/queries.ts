import { queryOptions } from '@tanstack/react-query'
import { paths } from '#lib/platform/paths.ts'
import type { Views } from './view.ts'

/** The views of who is looking; asked for anew whenever somebody opens the menu. */
export const viewsQuery = (read: (path: string, signal: AbortSignal) => Promise<Views>) =>
  queryOptions({
    queryKey: ['views'],
    queryFn: ({ signal }) => read(paths.api.views(), signal),
    staleTime: 0,
  })
