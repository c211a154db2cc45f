import { clock } from '#lib/platform/clock.ts'
import { paths } from '#lib/platform/paths.ts'
import type { Fleet } from './fleet.ts'
import { measure, median, type Outcome } from './measure.ts'
import { compare } from './pairs.ts'
import { startBackstage } from './peers/backstage.ts'

const goal = 8
const peerServices = 10_000
/** Pages one after the other, more than we keep answers for: nobody is served from a memory of the last request. */
const places = 60

type Headers = Record<string, string>

async function read(url: string, headers: Headers): Promise<string> {
  const answer = await fetch(url, { headers })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return answer.text()
}

/** Addresses of the first pages, found by going from each to the next. */
async function pagesOf(
  first: string,
  following: (body: unknown) => string | undefined,
  headers: Headers = {},
): Promise<string[]> {
  const found: string[] = []
  for (let url: string | undefined = first; url !== undefined && found.length < places; ) {
    found.push(url)
    url = following(JSON.parse(await read(url, headers)))
  }
  return found
}

/** Milliseconds of the median of one request for each page, one after the other, each read to its end. */
async function answered(urls: readonly string[], headers: Headers = {}): Promise<number> {
  const tookMs: number[] = []
  for (const url of urls) {
    const startedMs = clock.monotonicMs()
    await read(url, headers)
    tookMs.push(clock.monotonicMs() - startedMs)
  }
  return median(tookMs)
}

const again = (url: string | undefined) => Array<string>(places).fill(url ?? '')

/**
 * P2: the page of 50 by name that everybody opens, from our door, signed in, against that of a real Backstage catalog on the
 * same Postgres. We keep the answer for as long as Postgres says that nothing of it
 * changed; what each page after it costs, which we make anew and Backstage does not count any more, is told beside it.
 */
export async function pageOfFifty(fleet: Fleet, say: (line: string) => void): Promise<Outcome> {
  const peer = await startBackstage(fleet.adminUrl, peerServices, say)
  try {
    const cookie = { cookie: fleet.people.developer.cookie }
    const query = `${peer.url}/entities/by-query?limit=50`
    const theirs = await pagesOf(`${query}&filter=kind=component&orderField=metadata.name,asc`, (body) => {
      const cursor = (body as { pageInfo: { nextCursor?: string } }).pageInfo.nextCursor
      return cursor && `${query}&cursor=${encodeURIComponent(cursor)}`
    })
    const page = (after?: string) =>
      `${fleet.address}${paths.api.services({ sort: 'name', ...(after && { after }) })}`
    const following = (body: unknown) => {
      const { next } = body as { next?: string }
      return next && page(next)
    }
    const ours = await pagesOf(page(), following, cookie)
    say('P2: asking both, again and again')
    const { rounds, ratio, control, quiet } = await compare(
      () => answered(again(ours[0]), cookie),
      () => answered(again(theirs[0])),
      say,
    )
    const [oursNextMs, theirsNextMs] = [await answered(ours, cookie), await answered(theirs)]
    const [oursMs, theirsMs] = (['floor', 'candidate'] as const).map((side) =>
      median(rounds.flatMap((round) => round[side])),
    )
    // The control: everything at once instead of a page must be far from the goal.
    const wholeMs = await answered([`${peer.url}/entities?filter=kind=component`])
    const caught = (theirsMs ?? 0) / wholeMs < goal
    return {
      measures: [
        measure(
          { id: 'P2', what: 'a page of 50 from Backstage by one from us', goal, better: 'higher', unit: 'x' },
          ratio,
          caught && quiet,
        ),
      ],
      notes: [
        `Backstage, ${peerServices} components: ${theirsMs?.toFixed(1)} ms; ours, ${fleet.services} services: ${oursMs?.toFixed(1)} ms (medians of ${rounds.length} rounds of two times ${places})`,
        `${places} pages, each the next one: Backstage ${theirsNextMs.toFixed(1)} ms, ours ${oursNextMs.toFixed(1)} ms`,
        `control, Backstage against itself: ${control.toFixed(3)}${quiet ? '' : ' (too noisy, so nothing here counts)'}; all of its entities at once: ${wholeMs.toFixed(0)} ms`,
        'Backstage answers with whole entities and without sign-in; ours with cells of every environment, for somebody signed in',
      ],
    }
  } finally {
    await peer.close()
  }
}
