import { afterAll, expect, it } from 'vitest'
import { createDb } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { recordRowsExport } from './commands.ts'
import { listExportRows } from './data.ts'
import { excerptText } from './excerpt.ts'
import { sha256Hex } from './merkle.ts'
import { fitsLeaf, readPasted } from './pasted.ts'
import { connect, manyEvents, writeEvents } from './testing.ts'

const { urls } = await testDatabase()
const db = createDb(urls.web, 2)
const [web, admin] = [await connect(urls.web), await connect(urls.admin)]
afterAll(() => Promise.all([db.$disconnect(), web.end(), admin.end()]))

it('entries leave with what proves them, and the file is an entry with its hash', async () => {
  await writeEvents(web, manyEvents(9))
  await admin.query(
    `INSERT INTO audit.checkpoint (size, root, note, key_id) VALUES (4, sha256('x'), 'n', 'k'), (6, sha256('y'), 'n', 'k')`,
  )
  const { rows, cut } = await listExportRows(db, { service: 'checkout' }, 10)
  expect(rows.map(({ seq, checkpoint }) => [seq, checkpoint?.size])).toEqual([
    [0, 4],
    [3, 4],
    [6, undefined],
  ])
  expect(cut).toBe(false)
  const newest = await listExportRows(db, {}, 2)
  expect([newest.cut, ...newest.rows.map(({ seq }) => seq)]).toEqual([true, 7, 8])
  const bytes = Buffer.from(excerptText('csv', rows))
  expect(readPasted(bytes.toString())?.every(fitsLeaf)).toBe(true)
  await recordRowsExport(db, {
    ...{
      by: { personId: 'per_dora', accountId: 'usr_dora' },
      format: 'csv',
      filter: { service: 'checkout' },
    },
    ...{ rows: rows.length, cut, bytes, request: 'req_1' },
  })
  const [last] = (await listExportRows(db, {}, 1)).rows
  expect(JSON.parse(Buffer.from(last?.entry ?? '').toString())).toMatchObject({
    type: 'log.rows-exported',
    actor: { person: 'per_dora' },
    data: { format: 'csv', rows: 3, filter: { service: 'checkout' }, file: sha256Hex(bytes) },
  })
})
