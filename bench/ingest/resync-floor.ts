import { hash } from 'node:crypto'
import pg from 'pg'

/**
 * The floor: each line of the list is parsed, brought to the columns of a plain table, compared by its hash, and what changed
 * is written in batches. Nothing is checked, masked, mapped, ordered by version or kept as history.
 */
export async function createFloor(databaseUrl: string, argoUrl: string): Promise<() => Promise<void>> {
  const known = new Map<string, string>()
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(`CREATE TABLE IF NOT EXISTS plain (name text PRIMARY KEY, uid text, project text, version bigint,
    sync text, health text, revisions jsonb, images jsonb, observed jsonb)`)
  let batch: unknown[] = []
  const write = async () => {
    await client.query(
      `INSERT INTO plain SELECT r.* FROM jsonb_to_recordset($1::jsonb) AS r (name text, uid text, project text, version bigint,
         sync text, health text, revisions jsonb, images jsonb, observed jsonb)
       ON CONFLICT (name) DO UPDATE SET uid = excluded.uid, project = excluded.project, version = excluded.version,
         sync = excluded.sync, health = excluded.health, revisions = excluded.revisions, images = excluded.images,
         observed = excluded.observed`,
      [JSON.stringify(batch)],
    )
    batch = []
  }
  const line = async (text: string) => {
    const { metadata, spec, status } = JSON.parse(text)
    const { labels, annotations, ownerReferences } = metadata
    const { reconciledAt: _at, ...rest } = status
    const row = {
      ...{ name: metadata.name, uid: metadata.uid, project: spec.project },
      ...{ sync: status.sync?.status, health: status.health?.status },
      ...{
        revisions: status.sync?.revisions ?? [status.sync?.revision],
        images: status.summary?.images ?? [],
      },
      observed: { labels, annotations, ownerReferences, spec, status: rest },
    }
    const now = hash('sha256', JSON.stringify(row))
    if (known.get(row.name) === now) return
    known.set(row.name, now)
    batch.push({ ...row, version: metadata.resourceVersion })
    if (batch.length >= 500) await write()
  }
  return async () => {
    const answer = await fetch(`${argoUrl}/api/v1/applications`)
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of answer.body ?? []) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const each of lines)
        await line(each.slice(each.startsWith('{"metadata":{"resource') ? each.indexOf('[') + 1 : 0, -1))
    }
    await line(rest.slice(0, -2))
    if (batch.length > 0) await write()
  }
}

/** The whole body at once. */
export async function parseAll(argoUrl: string): Promise<void> {
  const answer = await fetch(`${argoUrl}/api/v1/applications`)
  const { items } = JSON.parse(await answer.text())
  if (items.length === 0) throw new Error('an empty list')
}
