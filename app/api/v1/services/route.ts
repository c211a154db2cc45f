import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { readMatrix, tagOf } from '#lib/catalog/data.ts'
import { readFilter } from '#lib/catalog/filter.ts'
import { readHead } from '#lib/catalog/rollup.ts'
import { getConfig, perProcess } from '#lib/platform/context.ts'
import { ok } from '#lib/platform/result.ts'

const query = z.record(z.string(), z.string()).transform(readFilter)

/** Answers by their tag, newest last: people with the same rights who look at the same page share one. */
const answers = perProcess('matrix-answers', () => new Map<string, Promise<string>>())
const answersMax = 50

function once(tag: string, make: () => Promise<string>): Promise<string> {
  const known = answers.get(tag)
  if (known) return known
  const answer = make()
  answers.set(tag, answer)
  answer.catch(() => answers.delete(tag))
  const oldest = answers.size > answersMax ? answers.keys().next().value : undefined
  if (oldest !== undefined) answers.delete(oldest)
  return answer
}

/**
 * One page of the matrix: q, only, team, health, sort, after. Answers carry an ETag; asked again with it
 * (If-None-Match), an unchanged page is a 304 that costs one statement more than knowing who asks.
 */
export const GET = door({ permission: 'read', query }, async ({ viewer, db, now, query, request }) => {
  const { environments } = getConfig().catalog
  const head = await readHead(db, viewer, now)
  if (!head) return ok(await readMatrix(db, viewer, now, environments, query))
  const tag = tagOf(head, environments, query)
  const headers = { ETag: tag, 'Content-Type': 'application/json' }
  const known = request.headers.get('if-none-match')?.split(/,\s*/) ?? []
  if (known.includes(tag)) return new Response(null, { status: 304, headers })
  const answer = await once(tag, async () =>
    JSON.stringify(await readMatrix(db, viewer, now, environments, query, head)),
  )
  return new Response(answer, { headers })
})
