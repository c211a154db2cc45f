import { bootstrap, median } from './measure.ts'

/** One round: the floor and the candidate, each taken twice. */
type Round = { floor: [number, number]; candidate: [number, number] }

export type Pairing = {
  rounds: Round[]
  ratio: { value: number; low: number; high: number }
  /** The candidate against itself. */
  control: number
  /** Whether the control says that this machine was quiet enough to tell anything. */
  quiet: boolean
}

const roundsMin = 6
const triesMax = 3
const quietWithin = 0.05

/** ABBA, and BAAB every other round, so that neither drift nor a warm cache favours one of them. */
async function oneRound(
  floor: () => Promise<number>,
  candidate: () => Promise<number>,
  turn: number,
): Promise<Round> {
  const [outer, inner] = turn % 2 === 0 ? [floor, candidate] : [candidate, floor]
  const first = await outer()
  const middle: [number, number] = [await inner(), await inner()]
  const ends: [number, number] = [first, await outer()]
  return turn % 2 === 0 ? { floor: ends, candidate: middle } : { floor: middle, candidate: ends }
}

const ratioOf = ({ floor, candidate }: Round) => (candidate[0] + candidate[1]) / (floor[0] + floor[1])

/**
 * How much more the candidate takes than the floor: both alternate in one process tree, a first round is dropped, and
 * the median of the rounds' ratios counts. Starts over, three times at most, when the candidate differs from itself.
 */
export async function compare(
  floor: () => Promise<number>,
  candidate: () => Promise<number>,
  say: (line: string) => void,
  tries = 1,
): Promise<Pairing> {
  if (tries === 1) await oneRound(floor, candidate, 0)
  const rounds: Round[] = []
  while (rounds.length < roundsMin) rounds.push(await oneRound(floor, candidate, rounds.length))
  const control = median(rounds.map(({ candidate: [a, b] }) => a / b))
  const quiet = Math.abs(control - 1) <= quietWithin
  if (!quiet && tries < triesMax) {
    say(`Too noisy: the candidate took ${control.toFixed(3)} times itself. Again.`)
    return compare(floor, candidate, say, tries + 1)
  }
  return { rounds, ratio: bootstrap(rounds.map(ratioOf), median), control, quiet }
}
