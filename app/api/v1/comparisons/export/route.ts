import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { readAsked } from '#lib/comparison/asked.ts'
import { writeSide } from '#lib/comparison/comparison.ts'
import { allCompared } from '#lib/comparison/data.ts'
import { csvHead, csvRows } from '#lib/comparison/file.ts'
import { getConfig } from '#lib/platform/context.ts'
import { recordExport } from '#lib/views/commands.ts'

const query = z.record(z.string(), z.string())

/** What a comparison shows, all pages of it, as CSV: left, right, leftAt, rightAt, at, only and q as on the page. */
export const GET = door({ permission: 'read', query }, async ({ viewer, db, now, query, requestId }) => {
  const { environments } = getConfig().catalog
  const asked = readAsked(
    query,
    environments.map(({ name }) => name),
    now,
  )
  const { left, right, only, q } = asked
  const filter = {
    ...{ left: writeSide(left), right: writeSide(right), only, q },
    ...{ leftAt: left.at ?? undefined, rightAt: right.at ?? undefined },
  }
  await recordExport(db, { by: viewer, format: 'csv', filter, rows: undefined, request: requestId })
  const parts = allCompared(db, viewer, now, environments, { ...asked, after: undefined })
  const encoder = new TextEncoder()
  let begun = false
  const bytes = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!begun) {
          begun = true
          return controller.enqueue(encoder.encode(csvHead()))
        }
        const { done, value } = await parts.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(csvRows(value)))
      },
      cancel: async () => void (await parts.return(undefined)),
    },
    { highWaterMark: 0 },
  )
  const name = `comparison-${now.slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '-')}.csv`
  return new Response(bytes, {
    headers: {
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': `attachment; filename="${name}"`,
    },
  })
})
