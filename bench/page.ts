import { clock } from '#lib/platform/clock.ts'
import { paths } from '#lib/platform/paths.ts'
import type { Fleet } from './fleet.ts'
import { measure, median, type Outcome } from './measure.ts'
import { compare } from './pairs.ts'
import { startBackstage } from './peers/backstage.ts'

const goal = 8
const peerServices = 10_000
const requests = 20

/** Milliseconds of the median of some requests, one after the other, each read to its end. */
async function answered(url: string, headers: Record<string, string> = {}): Promise<number> {
  const tookMs: number[] = []
  for (let n = 0; n < requests; n += 1) {
    const startedMs = clock.monotonicMs()
    const answer = await fetch(url, { headers })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
    tookMs.push(clock.monotonicMs() - startedMs)
  }
  return median(tookMs)
}

/** P2: a page of 50 by name from our door, signed in, against a real Backstage catalog on the same Postgres. */
export async function pageOfFifty(fleet: Fleet, say: (line: string) => void): Promise<Outcome> {
  const peer = await startBackstage(fleet.adminUrl, peerServices, say)
  try {
    const theirs = `${peer.url}/entities/by-query?limit=50&filter=kind=component&orderField=metadata.name,asc`
    const ours = `${fleet.address}${paths.api.services({ sort: 'name' })}`
    const cookie = { cookie: fleet.people.developer.cookie }
    say('P2: asking both, again and again')
    const { rounds, ratio, control, quiet } = await compare(
      () => answered(ours, cookie),
      () => answered(theirs),
      say,
    )
    const [oursMs, theirsMs] = (['floor', 'candidate'] as const).map((side) =>
      median(rounds.flatMap((round) => round[side])),
    )
    // The control: everything at once instead of a page must be far from the goal.
    const wholeMs = await answered(`${peer.url}/entities?filter=kind=component`)
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
        `Backstage, ${peerServices} components: ${theirsMs?.toFixed(1)} ms; ours, ${fleet.services} services: ${oursMs?.toFixed(1)} ms (medians of ${rounds.length} rounds of two times ${requests})`,
        `control, Backstage against itself: ${control.toFixed(3)}${quiet ? '' : ' (too noisy, so nothing here counts)'}; all of its entities at once: ${wholeMs.toFixed(0)} ms`,
        'Backstage answers with whole entities and without sign-in; ours with cells of every environment, for somebody signed in',
      ],
    }
  } finally {
    await peer.close()
  }
}
