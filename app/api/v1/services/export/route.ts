import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { readMatrix } from '#lib/catalog/data.ts'
import { exportFormats, exportText } from '#lib/catalog/export.ts'
import { readFilter } from '#lib/catalog/filter.ts'
import { getConfig } from '#lib/platform/context.ts'
import { readBoard } from '#lib/views/board.ts'
import { recordExport } from '#lib/views/commands.ts'

const query = z.record(z.string(), z.string()).transform((search) => ({
  format: exportFormats.find((each) => each === search.format) ?? 'csv',
  columns: readBoard(search).columns,
  // By name, whatever the screen is sorted by: a name does not move while the file is written, a need for action does.
  filter: { ...readFilter(search), sort: 'name', after: undefined } as const,
}))

const types = { csv: 'text/csv; charset=utf-8; header=present', json: 'application/json' }

/** Every service that fits the filter, as a file: format (csv, json), columns, and the filter of the matrix. */
export const GET = door({ permission: 'read', query }, async ({ viewer, db, now, query, requestId }) => {
  const { format, columns, filter } = query
  const read = (after?: string) =>
    readMatrix(db, viewer, now, getConfig().catalog.environments, { ...filter, after })
  const first = await read()
  await recordExport(db, {
    by: viewer,
    format,
    filter: { ...filter, sort: undefined, columns: columns?.join(',') },
    rows: first.totalIsMinimum ? undefined : first.total,
    request: requestId,
  })
  const text = exportText(format, first, columns, read)
  const encoder = new TextEncoder()
  // Pulled: the next page is read when the browser has taken the last, so a slow one costs no memory.
  const bytes = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await text.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      cancel: async () => void (await text.return(undefined)),
    },
    { highWaterMark: 0 },
  )
  const name = `services-${now.slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '-')}.${format}`
  return new Response(bytes, {
    headers: {
      'Content-Type': types[format],
      'Content-Disposition': `attachment; filename="${name}"`,
    },
  })
})
