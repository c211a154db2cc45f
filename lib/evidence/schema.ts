import { z } from 'zod'

const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[0-9a-z]+$`), 'is not an id')
const moment = z.iso.datetime({ precision: 3, error: 'is not a moment such as 2026-11-24T00:00:00.000Z' })

/** Body of POST /api/v1/evidence. `from` is inclusive, `to` exclusive. */
export const exportSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('release'), release: id('rel') }),
    z.strictObject({
      kind: z.literal('application'),
      application: id('app'),
      from: moment.optional(),
      to: moment.optional(),
    }),
    z.strictObject({ kind: z.literal('period'), from: moment, to: moment }),
  ])
  .refine((asked) => asked.kind === 'release' || !asked.from || !asked.to || asked.from < asked.to, {
    message: 'ends before it begins',
    path: ['to'],
  })
export type ExportInput = z.output<typeof exportSchema>

export const packParamsSchema = z.object({ id: id('exp') })
