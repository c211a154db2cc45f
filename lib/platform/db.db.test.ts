import { expect, test } from 'vitest'
import { createDb, type Db, inTransaction, type Tx } from './db.ts'
import { testDatabase } from './testing.ts'

const { urls } = await testDatabase()
const dbs = [createDb(urls.worker), createDb(urls.worker)] as const

const raw = (tx: Tx, name: string) =>
  tx.$executeRaw`UPDATE catalog.instance SET detail = coalesce(detail, '') || 'x' WHERE name = ${name}`
const model = (tx: Tx, name: string) => tx.instance.update({ where: { name }, data: { state: 'connected' } })

/** Each takes one row, and the other's only when both have one: without another try one of the two is lost. */
async function crossed(
  db: Db,
  names: [string, string],
  write: typeof raw | typeof model,
  meet: () => Promise<void>,
) {
  let tries = 0
  await inTransaction(db, async (tx) => {
    tries += 1
    await write(tx, names[0])
    if (tries === 1) await meet()
    await write(tx, names[1])
  })
  return tries
}

function meeting(of: number): () => Promise<void> {
  const all = Promise.withResolvers<void>()
  let here = 0
  return () => {
    here += 1
    if (here === of) all.resolve()
    return all.promise
  }
}

test.each([
  ['raw statements', raw],
  ['statements of Prisma', model],
] as const)('whoever loses a deadlock over %s is tried again', async (_, write) => {
  const names = [`a-${write.name}`, `b-${write.name}`] as const
  for (const name of names) await dbs[0].instance.create({ data: { name } })
  const meet = meeting(2)
  const tries = await Promise.all([
    crossed(dbs[0], [names[0], names[1]], write, meet),
    crossed(dbs[1], [names[1], names[0]], write, meet),
  ])
  // Mostly one; on a busy machine the one that is tried again may take its row back before the other wakes up.
  expect(Math.max(...tries)).toBeGreaterThanOrEqual(2)
  const rows = await dbs[0].instance.findMany({ where: { name: { in: [...names] } } })
  expect(rows.map(({ state, detail }) => (write === raw ? detail : state))).toEqual(
    write === raw ? ['xx', 'xx'] : ['connected', 'connected'],
  )
})

test('any other failure is told at once', async () => {
  let tries = 0
  const work = inTransaction(dbs[0], async (tx) => {
    tries += 1
    await tx.$executeRaw`SELECT 1 / 0`
  })
  await expect(work).rejects.toThrow('division by zero')
  expect(tries).toBe(1)
})
