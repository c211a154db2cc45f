import { gzipSync } from 'node:zlib'
import { paths } from '#lib/platform/paths.ts'
import type { Fleet } from './fleet.ts'
import { exact, measure, type Outcome } from './measure.ts'
import { listFields } from './peers/argocd.ts'

const goal = 50

type Headers = Record<string, string>

async function read(url: string, headers: Headers): Promise<string> {
  const answer = await fetch(url, { headers })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return answer.text()
}

/** What goes over the wire to somebody whose browser takes gzip. */
const gzipBytes = async (url: string, headers: Headers) => gzipSync(await read(url, headers)).length

/** The same for every page of the fleet, one after the other: what a list of everything would cost us. */
async function everyPage({ address }: Fleet, headers: Headers): Promise<number> {
  let bytes = 0
  for (let after: string | undefined = ''; after !== undefined; ) {
    const text = await read(`${address}${paths.api.services(after ? { after } : {})}`, headers)
    bytes += gzipSync(text).length
    after = (JSON.parse(text) as { next?: string }).next
  }
  return bytes
}

/** P3: what a browser loads to show a fleet: Argo CD's list with the fields of its own page, against our first page. */
export async function listBytes(fleet: Fleet): Promise<Outcome> {
  const { url, tokens } = fleet.sandbox.argoCd
  const authorization = { authorization: `Bearer ${tokens.countersign}` }
  const list = `${url}/api/v1/applications?fields=${listFields.join(',')}`
  const peer = await gzipBytes(list, authorization)
  const cookie = { cookie: fleet.people.developer.cookie }
  const page = await gzipBytes(`${fleet.address}${paths.services()}`, cookie)
  const refresh = await gzipBytes(`${fleet.address}${paths.api.services({})}`, cookie)
  const applications = Object.keys(fleet.sandbox.world.state().applications).length
  const whole = await everyPage(fleet, cookie)
  const caught = peer / whole < goal
  return {
    measures: [
      measure(
        {
          id: 'P3',
          what: "gzip bytes of Argo CD's list by those of our page",
          goal,
          better: 'higher',
          unit: 'x',
        },
        exact(peer / page),
        caught,
      ),
    ],
    notes: [
      `${applications} applications: Argo CD's list ${Math.round(peer / 1000)} kB, our page ${Math.round(page / 1000)} kB (its data alone: ${(refresh / 1000).toFixed(1)} kB), all gzip`,
      `control, all of our pages: ${Math.round(whole / 1000)} kB (${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
      'both without scripts; our page shows 50 services and the counters of all of them',
    ],
  }
}
