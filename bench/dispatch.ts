import { clock } from '#lib/platform/clock.ts'
import { decideRelease } from '#lib/releases/commands.ts'
import { bootstrap, measure, median, type Outcome, quantile } from './measure.ts'
import { eventually, generatedNames, requestFor, type Stack } from './stack.ts'

export const releasesCount = 44
/** What the first releases take is the warming of caches and pools. */
const warmUp = 3
const controls = 3
const goalMs = 2_000
/** Every answer of Argo CD this much later: what the positive control must be caught with. */
const sabotageMs = 1_000

export const dispatchServices = warmUp + releasesCount + controls

/** When Argo CD puts the next operation into this application's slot, by the clock of this process. */
function nextOperation({ sandbox }: Stack, name: string): { atMs: () => number | null; ignore: () => void } {
  let foundMs: number | null = null
  const ignore = sandbox.world.subscribe(({ app }) => {
    if (app.name === name && app.operation) foundMs ??= clock.monotonicMs()
  })
  return { atMs: () => foundMs, ignore }
}

/** From just before the second signature is handed in to the moment at which Argo CD took the sync, in milliseconds. */
async function release(stack: Stack, service: string, beforeQuorum = () => {}): Promise<number> {
  const { db, people, sandbox } = stack
  const name = `${service}-prod`
  const asked = await requestFor(stack, name)
  const decision = { kind: 'approve', plan: asked.plan } as const
  await decideRelease(db, asked.id, decision, people.first, clock.now())
  beforeQuorum()
  const operation = nextOperation(stack, name)
  const quorumMs = clock.monotonicMs()
  const decided = await decideRelease(db, asked.id, decision, people.second, clock.now())
  if (!decided.ok) throw new Error(`${name}: ${decided.refusal.code}`)
  const acceptedMs = await eventually(`the sync of ${name}`, async () => {
    const row = await db.release.findUnique({ where: { id: asked.id } })
    if (operation.atMs() === null && row?.finishedAt)
      throw new Error(`${name} became ${row.state}: ${row.ending}`)
    return operation.atMs()
  })
  operation.ignore()
  sandbox.argoCd.setFault(undefined)
  // The next one starts when this one is over: this is about latency, not about a queue.
  await eventually(`the end of ${name}`, async () => {
    const row = await db.release.findUnique({ where: { id: asked.id } })
    return row?.finishedAt ?? null
  })
  return acceptedMs - quorumMs
}

/**
 * The floor: the three requests that nobody can do without, one after the other, with nothing around them. On an
 * application whose release is over: Argo CD takes no pinned sync of one that it syncs by itself.
 */
async function bare(stack: Stack, service: string): Promise<number> {
  const { url, tokens } = stack.sandbox.argoCd
  const name = `${service}-prod`
  const at = `${url}/api/v1/applications/${name}`
  const headers = { authorization: `Bearer ${tokens.countersign}`, 'content-type': 'application/json' }
  const ask = async (address: string, body?: unknown) => {
    const init = body ? { method: 'POST', body: JSON.stringify(body) } : {}
    const answer = await fetch(address, { headers, ...init })
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as { status: { sync: { revision: string } } }
  }
  const operation = nextOperation(stack, name)
  const startedMs = clock.monotonicMs()
  const { revision } = (await ask(at)).status.sync
  await ask(`${at}/manifests?revision=${revision}`)
  await ask(`${at}/sync`, { revision, prune: false, dryRun: false })
  const acceptedMs = operation.atMs()
  operation.ignore()
  if (acceptedMs === null) throw new Error(`${name}: the bare sync started nothing`)
  return acceptedMs - startedMs
}

/** P11: from the quorum to the sync that Argo CD accepted, signer and anchor included, over real processes. */
export async function dispatch(stack: Stack, say: (line: string) => void): Promise<Outcome> {
  const names = generatedNames(dispatchServices)
  const warm = names.slice(0, warmUp)
  const counted = names.slice(warmUp, warmUp + releasesCount)
  const sabotaged = names.slice(-controls)
  for (const service of warm) {
    await release(stack, service)
    await bare(stack, service)
  }
  const ours: number[] = []
  const floor: number[] = []
  for (const [index, service] of counted.entries()) {
    if (index % 10 === 0) say(`P11: release ${index + 1} of ${counted.length}`)
    const both = [
      async () => ours.push(await release(stack, service)),
      async () => floor.push(await bare(stack, names[warmUp + index - 1] ?? '')),
    ]
    // Order reversed every round.
    for (const one of index % 2 === 0 ? both : both.reverse()) await one()
  }
  const late: number[] = []
  for (const service of sabotaged)
    late.push(
      await release(stack, service, () =>
        stack.sandbox.argoCd.setFault({ kind: 'slow', delayMs: sabotageMs }),
      ),
    )
  const caught = quantile(late, 0.95) > goalMs
  const halves = [0, 1].map((rest) => median(ours.filter((_, index) => index % 2 === rest)))
  const ms = (value: number) => `${Math.round(value)} ms`
  return {
    measures: [
      measure(
        {
          id: 'P11',
          what: `quorum to accepted sync, p95 of ${ours.length} releases`,
          goal: goalMs,
          unit: 'ms',
        },
        bootstrap(ours, (of) => quantile(of, 0.95)),
        caught,
      ),
    ],
    notes: [
      `quorum to accepted sync: p50 ${ms(median(ours))}, p95 ${ms(quantile(ours, 0.95))}, worst ${ms(Math.max(...ours))}`,
      `bare GET, manifests, POST: p50 ${ms(median(floor))}, p95 ${ms(quantile(floor, 0.95))}`,
      `ratio of the medians ${(median(ours) / median(floor)).toFixed(1)}×; control, every other release against the rest: ${((halves[0] ?? 0) / (halves[1] ?? 1)).toFixed(3)}`,
      `control with an Argo CD that answers ${ms(sabotageMs)} late: p95 ${ms(quantile(late, 0.95))} (${caught ? 'fails, as it must' : 'passes, so nothing here counts'})`,
    ],
  }
}
