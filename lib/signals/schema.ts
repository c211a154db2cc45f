import { z } from 'zod'
import { panels } from '#lib/metrics/panel.ts'
import { ranges } from '#lib/metrics/window.ts'

/** A panel of metrics as the address asks for it: `now` are its lines, `usual` what they are compared with. */
export const metricsQuery = z.object({
  panel: z.enum(panels),
  part: z.enum(['now', 'usual']).default('now'),
  range: z.enum(ranges).default('1h'),
  /** The moment in the middle, e.g. of a release; without it the window ends now. */
  around: z.iso.datetime().optional(),
})
export type MetricsQuery = z.output<typeof metricsQuery>
