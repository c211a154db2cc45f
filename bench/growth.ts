import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { seedFleet } from '#lib/catalog/testing.ts'
import { loadConfig } from '#lib/platform/config.ts'
import { createDb } from '#lib/platform/db.ts'
import { removeEmbedded, startEmbedded } from '#lib/platform/embedded.ts'
import { ownEnv } from '#lib/platform/env.ts'
import { migrate } from '#lib/platform/migrate.ts'
import { freePort } from '#lib/platform/postmaster.ts'
import { databaseUrl, roleName } from '#lib/platform/role-names.ts'
import { ensureRoles } from '#lib/platform/roles.ts'
import { startSandbox } from '#sandbox/sandbox.ts'
import { measure, median, type Outcome } from './measure.ts'
import { compare } from './pairs.ts'
import { benchDir } from './places.ts'
import { signedIn } from './stack.ts'
import { firstPage, ourStart, type Start } from './start.ts'

const goal = 1.1
/** Four applications each. */
const sizes = { few: 250, many: 25_000 } as const
const database = 'countersign'

/** An installation at rest that knows so many services; its Argo CD does not answer, so that nothing of them changes. */
async function installation(services: number, config: string): Promise<Start> {
  const dir = join(benchDir, `growth-${services}`)
  await removeEmbedded(join(dir, '.countersign', 'postgres'))
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true })
  const file = join(dir, 'countersign.yaml')
  await writeFile(file, config)
  const port = await freePort()
  const env = {
    ...ownEnv(),
    COUNTERSIGN_CONFIG: file,
    COUNTERSIGN_HOME: join(dir, '.countersign'),
    COUNTERSIGN_HOST: '127.0.0.1',
    PORT: String(port),
  }
  const loaded = loadConfig('tool', env)
  const server = await startEmbedded({ dir: loaded.database.embeddedDir })
  try {
    await ensureRoles(server.adminUrl, server.passwords, database)
    const url = databaseUrl(server.adminUrl, database)
    await migrate(url)
    const admin = new pg.Client({ connectionString: url })
    await admin.connect()
    await seedFleet(admin, services)
    const { rows } = await admin.query<{ service: string }>(
      'SELECT service FROM catalog.service WHERE applications > 0 ORDER BY rank, service COLLATE "C" LIMIT 5',
    )
    await admin.query('VACUUM ANALYZE')
    await admin.end()
    const account = { user: roleName('web'), password: server.passwords.web }
    const db = createDb(databaseUrl(server.adminUrl, database, account))
    const person = await signedIn(db, loaded, 'Devi', 'developer', '/shop/developers')
    await db.$disconnect()
    const words = [person.name, ...rows.map(({ service }) => service)]
    return ourStart(env, `http://127.0.0.1:${port}`, person.cookie, words)
  } finally {
    await server.stop()
  }
}

/** P12.growth: the same start with a hundred times as many applications. */
export async function growth(say: (line: string) => void): Promise<Outcome> {
  const dir = join(benchDir, 'growth')
  await mkdir(dir, { recursive: true })
  const sandbox = await startSandbox({ portalUrl: 'http://127.0.0.1:1' })
  try {
    const written = await readFile(await sandbox.writeConfig(dir), 'utf8')
    // Secrets lie beside the file that names them; the Argo CD that it names must be deaf.
    const config = written.replaceAll('./', `${dir}/`).replaceAll(sandbox.argoCd.url, 'http://127.0.0.1:9')
    say('P12.growth: making two fleets')
    const few = await installation(sizes.few, config)
    const many = await installation(sizes.many, config)
    say('P12.growth: starting both, again and again')
    const { rounds, ratio, control, quiet } = await compare(
      () => firstPage(few),
      () => firstPage(many),
      say,
    )
    const [fewMs, manyMs] = (['floor', 'candidate'] as const).map((side) =>
      median(rounds.flatMap((round) => round[side])),
    )
    return {
      measures: [
        measure(
          { id: 'P12.growth', what: 'start with 100,000 applications by one with 1,000', goal, unit: 'x' },
          ratio,
          quiet,
        ),
      ],
      notes: [
        `start to the matrix: ${Math.round(fewMs ?? 0)} ms with ${sizes.few * 4} applications, ${Math.round(manyMs ?? 0)} ms with ${sizes.many * 4} (medians of ${rounds.length} rounds of two)`,
        `control, the larger one against itself: ${control.toFixed(3)}${quiet ? '' : ' (too noisy, so nothing here counts)'}`,
      ],
    }
  } finally {
    await sandbox.close()
  }
}
