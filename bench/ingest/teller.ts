/**
 * As wide as what takes their place, so that an event is a copy with some bytes written over: what is measured shares its
 * processors with whoever tells it.
 */
const marks = { version: '#'.repeat(10), health: '~'.repeat(11), at: '@'.repeat(20) }
type Slot = { at: number; what: keyof typeof marks }
/** An application as bytes, with the places where something changes. */
export type Cut = { name: string; bytes: Buffer; slots: Slot[] }

const healths = ['Degraded', 'Healthy', 'Progressing', 'Healthy'] as const
/** How an application is after so many changes. */
const healthOf = (round: number) =>
  round === 0 ? 'Healthy' : (healths[(round - 1) % healths.length] ?? 'Healthy')
const second = (n: number) => new Date(1_800_000_000_000 + n * 1_000).toISOString().replace('.000', '')
const begin = Buffer.from('data: {"result":{"type":"MODIFIED","application":')
const end = Buffer.from('}} \n\n\n')

type Resources = { name: string }[]
type Status = { resources?: Resources; operationState?: { syncResult?: { resources?: Resources } } }

/** More resources, and more that the last operation did, until it is that large. */
function grow(status: Status, bytesMin: number, bytes: number): void {
  for (const list of [status.resources ?? [], status.operationState?.syncResult?.resources ?? []]) {
    const [like] = list
    if (!like) continue
    const wanted = Math.ceil(Math.max(0, bytesMin - bytes) / 2 / JSON.stringify(like).length)
    for (let n = 0; n < wanted; n++) list.push({ ...like, name: `${like.name}-${n}` })
  }
}

/** `bytesMin`: as large as those of a real fleet. */
export function cut(text: string, bytesMin = 0): Cut {
  const app = JSON.parse(text)
  grow(app.status, bytesMin, text.length)
  app.metadata.resourceVersion = marks.version
  for (const entry of app.metadata.managedFields ?? [])
    if (entry.manager === 'argocd-application-controller') entry.time = marks.at
  app.status.health.status = marks.health
  app.status.reconciledAt = marks.at
  const bytes = Buffer.from(JSON.stringify(app))
  const slots: Slot[] = []
  for (const what of ['version', 'health', 'at'] as const)
    for (let at = bytes.indexOf(marks[what]); at >= 0; at = bytes.indexOf(marks[what], at + 1))
      slots.push({ at, what })
  return { name: app.metadata.name, bytes, slots }
}

/** A copy of its own: what waits in a socket must not change any more. */
function written({ bytes, slots }: Cut, version: number, round: number, moment: string): Buffer {
  const copy = Buffer.allocUnsafe(bytes.length)
  bytes.copy(copy)
  const values = {
    version: String(version),
    // The quote that ends it moves; blanks after it mean nothing.
    health: `${healthOf(round)}"`.padEnd(marks.health.length + 1),
    at: moment,
  }
  for (const { at, what } of slots) copy.write(values[what], at, 'latin1')
  return copy
}

/** Each turn changes the health of a share of all, and the moment of comparison of all; what it answers is made when read. */
export function createFleet(cuts: readonly Cut[]): (share: number) => () => Generator<Buffer> {
  const rounds = cuts.map(() => 0)
  let turn = 0
  return (share) => {
    turn += 1
    for (const index of cuts.keys()) if (index % 100 < share * 100) rounds[index] = (rounds[index] ?? 0) + 1
    const now = turn
    return function* () {
      for (const [index, one] of cuts.entries())
        yield written(one, 1_000_000_000 + now * 1_000_000 + index, rounds[index] ?? 0, second(now * 120))
    }
  }
}

export type Teller = ReturnType<typeof createTeller>

/** Applications that change their health in turn, told as Argo CD tells them. */
export function createTeller(cuts: readonly Cut[]) {
  const states = cuts.map((of, index) => ({ of, version: 1_000_000_000 + index, round: 0 }))
  type State = (typeof states)[number]
  const at = (n: number) => states[n % states.length] as State
  const tell = (one: State, n: number, out: Buffer[]) => {
    one.version += 100_000
    out.push(begin, written(one.of, one.version, one.round, second(n)), end)
    return { name: one.of.name, version: one.version }
  }
  return {
    count: cuts.length,
    bytes: cuts.reduce((sum, { bytes }) => sum + bytes.length, 0) / cuts.length,
    /** Every application as a list has it at this moment. */
    *list(): Generator<Buffer> {
      for (const { of, version, round } of states) yield written(of, version, round, second(0))
    },
    /** The n-th change: event bytes go to `out`. */
    change(n: number, out: Buffer[]): { name: string; version: number } {
      at(n).round += 1
      return tell(at(n), n, out)
    },
    /** The same again but for version and moment. */
    reconcile: (n: number, out: Buffer[]) => tell(at(n), n, out),
    /** How each was told last. */
    told: () => states.map(({ of, version, round }) => ({ name: of.name, version, health: healthOf(round) })),
  }
}
