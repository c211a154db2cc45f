import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hashSessionId } from '#lib/access/session.ts'
import { readMatrix } from '#lib/catalog/data.ts'
import type { Reader } from '#lib/catalog/rollup.ts'
import type { MatrixFilter } from '#lib/catalog/schema.ts'
import { clock } from '#lib/platform/clock.ts'
import { type EnvSource, readEnv } from '#lib/platform/env.ts'
import { paths } from '#lib/platform/paths.ts'
import { freePort } from '#lib/platform/postmaster.ts'
import { cpuOf } from './cpu.ts'
import type { Fleet } from './fleet.ts'
import { measure, median, type Outcome } from './measure.ts'
import { compare } from './pairs.ts'
import { benchDir, root } from './places.ts'
import type { Statement } from './plain-server.ts'
import { eventually } from './stack.ts'

const goal = 5
const requests = 120
/** Many more than the answers that the web keeps: each is made anew. */
const pagesCount = 240

type Server = { child: ChildProcess; pid: number; url: string }

export async function serve(
  args: (port: number) => string[],
  env: EnvSource,
  url: (port: number) => string,
): Promise<Server> {
  const port = (await freePort()) ?? 0
  const own: EnvSource = { ...env, PORT: String(port) }
  const child = spawn(process.execPath, args(port), {
    env: own as NodeJS.ProcessEnv,
    stdio: 'ignore',
  })
  await eventually(url(port), async () => (await fetch(url(port)).catch(() => null)) && true)
  return { child, pid: child.pid ?? 0, url: `http://127.0.0.1:${port}` }
}

/** Every page by name, and the statements that each of them takes. */
async function pagesOf({
  db,
  people,
  config,
}: Fleet): Promise<{ filters: MatrixFilter[]; lists: Statement[][] }> {
  const { developer: viewer } = people
  const { environments } = config.catalog
  const session: Statement = {
    text: `SELECT s.*, a.*, d.name, d.email FROM access.session s JOIN access.account a ON a.id = s.account_id
      JOIN access.person_detail d ON d.person_id = a.person_id WHERE s.id_hash = $1`,
    values: [hashSessionId(viewer.cookie.split('=')[1])],
  }
  const filters: MatrixFilter[] = []
  const lists: Statement[][] = []
  for (let after: string | undefined; filters.length < pagesCount; ) {
    const sent: Statement[] = [session]
    const reader: Reader = {
      $queryRaw: ((query: Statement) => {
        sent.push({ text: query.text, values: query.values })
        return db.$queryRaw(query as never)
      }) as unknown as Reader['$queryRaw'],
    }
    const filter = { sort: 'name', after } as const
    const page = await readMatrix(reader, viewer, clock.now(), environments, filter)
    filters.push(filter)
    lists.push(sent)
    if (!page.next) break
    after = page.next
  }
  return { filters, lists }
}

/** P4: pages of the matrix for somebody signed in, by CPU of the web process, against nothing but HTTP and the same SQL. */
export async function dataRequest(fleet: Fleet, say: (line: string) => void): Promise<Outcome> {
  const { filters, lists } = await pagesOf(fleet)
  const file = join(benchDir, 'statements.json')
  await writeFile(file, JSON.stringify(lists))
  const { DATABASE_URL_WEB: database = '' } = readEnv('web', fleet.env)
  const servers: Server[] = []
  try {
    const plain = await serve(
      (port) => [join(root, 'bench/plain-server.ts'), String(port), database, file],
      fleet.env,
      (port) => `http://127.0.0.1:${port}/0`,
    )
    servers.push(plain)
    const web = await serve(
      () => ['--conditions=react-server', join(root, 'lib/worker/web.ts')],
      fleet.env,
      (port) => `http://127.0.0.1:${port}${paths.api.health}`,
    )
    servers.push(web)
    // One account may ask only so often; three of them may see the same.
    const cookies = Object.values(fleet.people).map(({ cookie }) => cookie)
    let turn = 0
    const ask = async (url: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(url, { headers })
      await answer.arrayBuffer()
      if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
    }
    const sample = (server: Server, to: (n: number) => Promise<void>) =>
      cpuOf([server.pid], async () => {
        for (let n = 0; n < requests; n += 1) await to(turn++)
      })
    const asked = (path: (filter: MatrixFilter) => string) => (n: number) =>
      ask(`${web.url}${path(filters[n % filters.length] ?? {})}`, {
        cookie: cookies[n % cookies.length] ?? '',
      })
    const ours = () => sample(web, asked(paths.api.services))
    const floor = () => sample(plain, (n) => ask(`${plain.url}/${n % lists.length}`))
    say('P4: asking both, again and again')
    const { ratio, control, quiet, rounds } = await compare(floor, ours, say)
    const floorMs = median(rounds.flatMap((round) => round.floor)) / requests
    const oursMs = median(rounds.flatMap((round) => round.candidate)) / requests
    const wholeMs = (await sample(web, asked(paths.services))) / requests
    const caught = wholeMs / floorMs > goal
    return {
      measures: [
        measure(
          { id: 'P4', what: 'CPU of a signed-in data request by plain node:http and pg', goal, unit: 'x' },
          ratio,
          caught && quiet,
        ),
      ],
      notes: [
        `${oursMs.toFixed(2)} ms CPU a request, the floor ${floorMs.toFixed(2)} ms; ${filters.length} pages in turn`,
        `control, ours against itself: ${control.toFixed(3)}${quiet ? '' : ' (too noisy, so nothing here counts)'}`,
        `control, the whole page instead of its data: ${(wholeMs / floorMs).toFixed(1)}× (${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
      ],
    }
  } finally {
    for (const { child } of servers) {
      child.kill()
      await once(child, 'exit')
    }
  }
}
