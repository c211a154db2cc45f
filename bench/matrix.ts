import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { Viewer } from '#lib/access/policy.ts'
import { readMatrix } from '#lib/catalog/data.ts'
import { writeCursor } from '#lib/catalog/keyset.ts'
import type { Reader } from '#lib/catalog/rollup.ts'
import type { MatrixFilter } from '#lib/catalog/schema.ts'
import { seedFleet } from '#lib/catalog/testing.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { removeEmbedded, startEmbedded } from '#lib/platform/embedded.ts'
import { migrate } from '#lib/platform/migrate.ts'
import { databaseUrl, roleName } from '#lib/platform/role-names.ts'
import { ensureRoles } from '#lib/platform/roles.ts'
import { cpuOf } from './cpu.ts'
import { exact, measure, type Outcome } from './measure.ts'
import { compare } from './pairs.ts'
import { benchDir } from './places.ts'

const timeGoal = 1.25
const buffersGoal = 1.1
const statementsGoal = 3
/** Four applications each: a thousand, ten thousand, a hundred thousand. */
const sizes = [250, 2_500, 25_000] as const
const readsASample = 240
const environments = ['dev', 'staging', 'prod'].map((name) => ({ name, protected: name === 'prod' }))

/** Each fits a third of the services or more, so that a page from any place is full at every size. */
const filters: { filter: MatrixFilter; where: string }[] = [
  { filter: {}, where: 'true' },
  { filter: { only: 'behind' }, where: 'behind' },
  { filter: { health: 'prod/eu:Progressing' }, where: `marks @> ARRAY[E'has\\tprod\\teu\\tProgressing']` },
]

const viewer: Viewer = {
  ...{ accountId: 'usr_0', personId: 'per_0', name: 'Bench', initials: 'B', groups: [] },
  grants: [{ role: 'viewer' }],
  service: false,
  enabled: true,
}

type Fleet = {
  db: Db
  admin: pg.Client
  /** Pages from random places, each with fifty services to come. */
  places: MatrixFilter[]
}

async function makeFleet(
  server: { adminUrl: string; passwords: Parameters<typeof ensureRoles>[1] },
  services: number,
): Promise<Fleet> {
  const name = `matrix_${services}`
  await ensureRoles(server.adminUrl, server.passwords, name)
  const url = databaseUrl(server.adminUrl, name)
  await migrate(url)
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await seedFleet(admin, services)
  const db = createDb(databaseUrl(url, name, { user: roleName('web'), password: server.passwords.web }), 1)
  const places: MatrixFilter[][] = []
  for (const { filter, where } of filters) {
    const { rows } = await admin.query<{ rank: number; service: string }>(`SELECT rank, service FROM (
        SELECT rank, service, row_number() OVER (ORDER BY rank DESC, service COLLATE "C" DESC) AS n
        FROM catalog.service WHERE applications > 0 AND ${where}) s
      WHERE n > 51 ORDER BY hashtext(service) LIMIT 400`)
    const at = ({ rank, service }: (typeof rows)[number]) =>
      writeCursor({ back: false, from: 51, part: 1, key: [rank, service] })
    places.push(rows.map((row) => ({ ...filter, after: at(row) })))
  }
  const mixed = Array.from({ length: readsASample }, (_, n) => {
    const of = places[n % places.length] ?? []
    return of[n % of.length] ?? {}
  })
  return { db, admin, places: mixed }
}

/** Milliseconds that we and the one backend of Postgres that works for us compute for the pages. */
async function readPages({ db, places }: Fleet): Promise<number> {
  const [backend] = await db.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
  return cpuOf([process.pid, backend?.pid ?? 0], async () => {
    for (const filter of places) {
      const { rows } = await readMatrix(db, viewer, clock.now(), environments, filter)
      if (rows.length !== 50) throw new Error(`a page of ${rows.length} services`)
    }
  })
}

/** Statements and blocks of one page, on average. */
async function count({ admin, places }: Fleet): Promise<{ statements: number; blocks: number }> {
  type Statement = { text: string; values: unknown[] }
  const sent: Statement[] = []
  const reader = {
    $queryRaw: async (query: Statement) => {
      sent.push(query)
      return (await admin.query(query.text, query.values)).rows
    },
  } as unknown as Reader
  for (const filter of places) await readMatrix(reader, viewer, clock.now(), environments, filter)
  let blocks = 0
  for (const { text, values } of sent) {
    const { rows } = await admin.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values)
    const plan = rows[0]['QUERY PLAN'][0].Plan
    blocks += plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
  }
  return { statements: sent.length / places.length, blocks: blocks / places.length }
}

/** What we would do without what is kept: make every service anew and skip to the place. */
async function linear({ admin }: Fleet): Promise<number> {
  const startedMs = clock.monotonicMs()
  for (let n = 0; n < 4; n += 1)
    await admin.query('SELECT * FROM catalog.rollup_of(NULL) ORDER BY rank, service OFFSET $1 LIMIT 50', [
      n * 40,
    ])
  return clock.monotonicMs() - startedMs
}

/** P1: pages of the matrix from random places with three filters, at a thousand and at a hundred thousand applications. */
export async function matrixPages(say: (line: string) => void): Promise<Outcome> {
  const dir = join(benchDir, 'matrix-postgres')
  await removeEmbedded(dir)
  await mkdir(dir, { recursive: true })
  const server = await startEmbedded({ dir })
  const fleets: Fleet[] = []
  try {
    for (const services of sizes) {
      say(`P1: writing ${services * 4} applications`)
      fleets.push(await makeFleet(server, services))
    }
    const [small, middle, large] = fleets
    if (!small || !middle || !large) throw new Error('three fleets are compared')
    say('P1: reading pages, again and again')
    const { ratio, control, quiet, rounds } = await compare(
      () => readPages(small),
      () => readPages(large),
      say,
    )
    const counts = { small: await count(small), middle: await count(middle), large: await count(large) }
    const byScan = (await linear(large)) / (await linear(small))
    const caught = byScan > timeGoal
    const trusted = caught && quiet
    const page = 'a page of the matrix at 100,000 applications'
    const perPageMs = rounds
      .flatMap((round) => round.candidate)
      .reduce((sum, ms) => sum + ms / readsASample, 0)
    return {
      measures: [
        measure(
          { id: 'P1', what: `CPU of ${page} by one at 1,000`, goal: timeGoal, unit: 'x' },
          ratio,
          trusted,
        ),
        measure(
          { id: 'P1', what: `blocks of ${page} by one at 10,000`, goal: buffersGoal, unit: 'x' },
          exact(counts.large.blocks / counts.middle.blocks),
        ),
        measure(
          { id: 'P1', what: `statements of ${page}`, goal: statementsGoal, unit: 'x' },
          exact(counts.large.statements),
        ),
      ],
      notes: [
        `${(perPageMs / rounds.length / 2).toFixed(2)} ms CPU a page, ours and Postgres's together`,
        `blocks a page: ${counts.small.blocks.toFixed(0)} at 1,000, ${counts.middle.blocks.toFixed(0)} at 10,000, ${counts.large.blocks.toFixed(0)} at 100,000`,
        `control, the large one against itself: ${control.toFixed(3)}${quiet ? '' : ' (too noisy, so nothing here counts)'}`,
        `control, everything read each time: ${byScan.toFixed(1)}× (${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
      ],
    }
  } finally {
    for (const { db, admin } of fleets) await Promise.all([db.$disconnect(), admin.end()])
    await server.stop()
    await removeEmbedded(dir)
  }
}
