import { join } from 'node:path'
import pg from 'pg'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { removeEmbedded, startEmbedded } from '#lib/platform/embedded.ts'
import { migrate } from '#lib/platform/migrate.ts'
import { databaseUrl, roleName } from '#lib/platform/role-names.ts'
import { ensureRoles } from '#lib/platform/roles.ts'
import { search } from '#lib/search/data.ts'
import { seedFleet } from '#lib/search/testing.ts'
import { bootstrap, measure, median, type Outcome, quantile } from './measure.ts'
import { benchDir } from './places.ts'

const goalMs = 50
const services = 33_334
const commits = 200_000
const rounds = 300
const database = 'countersign'

const viewer = (projects?: string[]): Viewer => ({
  accountId: 'usr_0',
  personId: 'per_0',
  name: 'Bench',
  initials: 'B',
  groups: [],
  grants: [{ role: 'viewer', projects }],
  service: false,
  enabled: true,
})
const viewers = [
  viewer(),
  viewer(['team-3', 'team-7']),
  viewer(Array.from({ length: 150 }, (_, n) => `team-${n}`)),
]

/** Parts of three letters that stand in a great many names. */
const worst = ['out', 'pro', 'ser', 'ing', 'ate', 'tor', 'dev', 'age', 'com', 'red', 'ter', 'ort']

/** As people type: beginnings, words, typing errors, versions, SHAs, authors; by chance, the same each time. */
function* typed(): Generator<string> {
  let state = 7
  const upTo = (n: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) % n
  }
  const words =
    'checkout cart ledger billing invoice payments gateway consumer scheduler retry discounts ozturk'
  const one = () => words.split(' ')[upTo(12)] ?? ''
  const swapped = (word: string, at: number) =>
    word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2)
  const kinds = [
    () => one().slice(0, 1 + upTo(7)),
    () => one(),
    () => `${one()} ${one()}`,
    () => swapped(one(), 1 + upTo(2)),
    () => `${one()}-api-${upTo(20)}-prod`,
    () => `1.${upTo(50)}.${upTo(7)}`,
    () => (0x1000 + upTo(0xefff)).toString(16),
    () => `${swapped(one(), 2)} prod`,
  ]
  for (;;) yield kinds[upTo(kinds.length)]?.() ?? ''
}

/** P13: the whole answer of a search at 100,000 applications, from the call to the last row, by the web's role. */
export async function searching(say: (line: string) => void): Promise<Outcome> {
  say(`P13: ${services * 3} applications and ${commits} commits to search`)
  const dir = join(benchDir, 'search-postgres')
  await removeEmbedded(dir)
  const server = await startEmbedded({ dir })
  try {
    await ensureRoles(server.adminUrl, server.passwords, database)
    await migrate(databaseUrl(server.adminUrl, database))
    const admin = new pg.Client({ connectionString: databaseUrl(server.adminUrl, database) })
    await admin.connect()
    await seedFleet(admin, services, commits)
    const account = { user: roleName('web'), password: server.passwords.web }
    const db = createDb(databaseUrl(server.adminUrl, database, account))
    const took = async (text: string, round: number): Promise<number> => {
      const startMs = clock.monotonicMs()
      const answer = await search(db, viewers[round % viewers.length] ?? viewer(), { text, limit: 5 })
      if (!answer.ok) say(`  given up: ${text}`)
      return clock.monotonicMs() - startMs
    }
    const texts = typed()
    const next = () => texts.next().value ?? ''
    for (let round = 0; round < 30; round++) await took(next(), round)
    const randomMs: number[] = []
    for (let round = 0; round < rounds; round++) randomMs.push(await took(next(), round))
    const worstMs: number[] = []
    for (let round = 0; round < worst.length * 6; round++)
      worstMs.push(await took(worst[round % worst.length] ?? '', Math.floor(round / worst.length)))
    // Control: without its indexes the same search must miss the goal, or be given up.
    await admin.query(`DROP INDEX catalog.search_entry_words, catalog.search_entry_part, catalog.search_entry_near,
      catalog.commit_words, catalog.commit_part, catalog.commit_near`)
    await admin.end()
    const bareMs: number[] = []
    for (let round = 0; round < 5; round++) bareMs.push(await took('xyzzy', 0))
    await db.$disconnect()
    const caught = median(bareMs) > goalMs
    const p95 = (samples: number[]) => quantile(samples, 0.95)
    const words = (name: string, samples: number[]) =>
      `${name}: p50 ${quantile(samples, 0.5).toFixed(1)} ms, p95 ${p95(samples).toFixed(1)} ms, longest ${Math.max(...samples).toFixed(1)} ms of ${samples.length}`
    return {
      measures: [
        measure(
          { id: 'P13', what: 'search at 100,000 applications, p95', goal: goalMs, unit: 'ms' },
          bootstrap(randomMs, p95),
          caught,
        ),
      ],
      notes: [
        words('as typed', randomMs),
        words('three letters that are everywhere', worstMs),
        `control without indexes: ${median(bareMs).toFixed(0)} ms (${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
      ],
    }
  } finally {
    await server.stop()
    await removeEmbedded(dir)
  }
}
