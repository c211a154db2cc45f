import pg from 'pg'
import { type Anchor, readAnchors } from './anchors.ts'
import type { Checkpoint, Verifier } from './checkpoint.ts'
import { readFacts, readRows } from './rows.ts'
import { type Report, verifyLog } from './verify.ts'

/**
 * Verifies the log in a database over a connection of its own, in one snapshot. Anchors are read before and after
 * it, so a log in use raises no alarm. `url` needs no more than the right to read schema audit.
 */
export async function verifyDatabase({
  url,
  anchors,
  keys,
  remembered,
}: {
  url: string
  anchors: readonly Anchor[]
  keys: readonly Verifier[]
  remembered?: Checkpoint | undefined
}): Promise<Report> {
  const client = new pg.Client({ connectionString: url, application_name: 'countersign verify' })
  await client.connect()
  try {
    const named = await client.query<{ origin: string }>('SELECT origin FROM audit.origin')
    const newest = await client.query<{ note: string }>(
      'SELECT note FROM audit.checkpoint ORDER BY size DESC LIMIT 1',
    )
    const asked = { origin: named.rows[0]?.origin ?? '', note: newest.rows[0]?.note }
    const anchorsBefore = await readAnchors(anchors, asked)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const facts = await readFacts(client)
    // Whoever did not answer a moment ago is not waited for again.
    const silent = anchorsBefore.filter(({ unreachable }) => unreachable !== undefined)
    const answering = anchors.filter(({ name }) => !silent.some((copy) => copy.name === name))
    const anchorsAfter = [...silent, ...(await readAnchors(answering, asked))]
    return await verifyLog({ facts, rows: readRows(client), keys, anchorsBefore, anchorsAfter, remembered })
  } finally {
    await client.end()
  }
}
