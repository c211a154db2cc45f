import { useQuery, useQueryClient } from '@tanstack/react-query'
import { fetchJson } from '#components/shell/fetch-json.ts'
import type { PanelName, PanelView, UsualView } from '#lib/metrics/panel.ts'
import type { Range } from '#lib/metrics/window.ts'
import { paths } from '#lib/platform/paths.ts'

/** What all panels of a page ask about. `around` is an instant, or undefined for the time up to now. */
export type Asked = { application: string; range: Range; around: string | undefined }

type Shown = { view: PanelView & { is: 'shown' }; atMs: number }
/** `last` is what was shown before an answer failed: an outage leaves a chart with its age, not an empty place. */
type Read = { view: PanelView; last: Shown | undefined }

const everyMs: Record<Range, number> = { '15m': 30_000, '1h': 60_000, '6h': 300_000, '24h': 600_000 }
const lengthMs: Record<Range, number> = {
  '15m': 900_000,
  '1h': 3_600_000,
  '6h': 21_600_000,
  '24h': 86_400_000,
}

/** Whether time still brings new points: a window that has passed stays as it is. */
const moves = ({ around, range }: Asked) =>
  around === undefined || Date.parse(around) + lengthMs[range] / 2 > Date.now() - 120_000

/** One panel, asked for again at every step while its window moves. */
export function usePanel(asked: Asked, panel: PanelName) {
  const queries = useQueryClient()
  const { range, around } = asked
  const key = [asked.application, range, around ?? null, panel] as const
  const path = (part: 'now' | 'usual') => paths.api.metrics(asked.application, { panel, part, range, around })
  const now = useQuery({
    queryKey: ['metrics', ...key],
    queryFn: async ({ signal, queryKey }): Promise<Read> => {
      const view = await fetchJson<PanelView>(path('now'), signal)
      const before = queries.getQueryData<Read>(queryKey)
      return { view, last: view.is === 'shown' ? { view, atMs: Date.now() } : before?.last }
    },
    refetchInterval: moves(asked) ? everyMs[range] : false,
    staleTime: everyMs[range],
  })
  // After the lines, so that what is usual never keeps them waiting.
  const usual = useQuery({
    queryKey: ['metrics-usual', ...key],
    queryFn: ({ signal }) => fetchJson<UsualView>(path('usual'), signal),
    enabled: now.data?.view.is === 'shown',
    refetchInterval: moves(asked) ? everyMs[range] * 5 : false,
    staleTime: everyMs[range] * 5,
  })
  return { now, usual: usual.data }
}
