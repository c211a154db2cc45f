import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import { kinds } from './search.ts'
import { statementOf } from './shown.ts'
import type { Ask, Scope } from './statement.ts'
import { termsOf } from './terms.ts'
import { seedFleet } from './testing.ts'

const services = 33_334
/** Rows of tables that the search of one kind may look at, whatever is asked, of 100,000 applications and more. */
const rowsMax = 8_000

const { urls } = await testDatabase()
let admin: pg.Client

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  await seedFleet(admin, services, 20_000)
  await admin.query('SET enable_seqscan = off; SET jit = off; SET max_parallel_workers_per_gather = 0')
}, 300_000)
afterAll(() => admin.end())

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Actual Loops': number
  'Actual Rows': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Node[]
}
const nodesOf = (node: Node | undefined): Node[] =>
  node ? [node, ...(node.Plans ?? []).flatMap(nodesOf)] : []

async function explain(
  text: string,
  scope: Scope,
  kind: (typeof kinds)[number],
  how: Ask['how'],
): Promise<Node | undefined> {
  const statement = statementOf(kind, { terms: termsOf(text), scope, after: '', limit: 5, how })
  if (!statement) return undefined
  const { rows } = await admin.query(
    `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${statement.text}`,
    statement.values,
  )
  return rows[0]['QUERY PLAN'][0].Plan
}

const walked = (plan: Node | undefined) =>
  nodesOf(plan).flatMap((node) =>
    node['Node Type'] === 'Seq Scan' && node['Relation Name'] ? [node['Relation Name']] : [],
  )

/** Rows that were read from tables, with those that turned out not to match; rounded, as Postgres tells averages. */
const looked = (plan: Node | undefined) =>
  nodesOf(plan).reduce((sum, node) => {
    if (!node['Relation Name']) return sum
    const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
    return sum + (node['Actual Rows'] + removed) * node['Actual Loops']
  }, 0)

const scopes: Record<string, Scope> = {
  everything: 'all',
  'two projects': { projects: ['team-3', 'team-7'] },
  'most projects': { projects: Array.from({ length: 150 }, (_, n) => `team-${n}`) },
}
const texts = {
  everywhere: 'out',
  beginning: 'checkout',
  'typing error': 'chekcout',
  'two words, one wrong': 'chekcout prod',
  version: '1.4.2',
  'word of all images': 'registry.acme.example',
  SHA: 'ab12',
  'one letter': 'c',
  'nothing at all': 'xyzzy',
}

for (const [who, scope] of Object.entries(scopes))
  test.each(Object.entries(texts))(
    `${who}, %s: indexes only, and few rows`,
    async (_, text) => {
      for (const kind of kinds) {
        for (const how of ['typed', 'nearly'] as const) {
          const plan = await explain(text, scope, kind, how)
          expect([kind, how, walked(plan)]).toEqual([kind, how, []])
          expect(looked(plan), `${kind} ${how}`).toBeLessThan(rowsMax)
        }
      }
    },
    60_000,
  )

test('without its index a search would look at everything, and this test would see it', async () => {
  await admin.query('BEGIN; DROP INDEX catalog.search_entry_part')
  try {
    expect(looked(await explain('xyzzy', 'all', 'application', 'typed'))).toBeGreaterThanOrEqual(100_000)
  } finally {
    await admin.query('ROLLBACK')
  }
})
