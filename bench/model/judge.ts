import { type Explored, explore } from './explore.ts'
import { dear, full, mutants } from './protocol.ts'
import type { Bound } from './state.ts'

export type Judged = { name: string; explored: Explored; faults: string[] }

/** What the full protocol must keep, and what leaving out a protection must bring to light. */
export function judge(bound: Bound, forMutants: Bound, statesMin = 0): Judged[] {
  const of = (name: string, explored: Explored, faults: (string | false)[]): Judged => {
    return { name, explored, faults: faults.filter((fault) => fault !== false) }
  }
  const safe = ({ doubleSync, afterRevoke, stuck }: Explored) => [
    doubleSync !== null && `two syncs: ${doubleSync.join(', ')}`,
    afterRevoke !== null && `a sync after a revocation: ${afterRevoke.join(', ')}`,
    stuck > 0 && `${stuck} states without an end`,
  ]
  const whole = explore(full, bound)
  const noToken = explore(dear.noToken, forMutants)
  const noFence = explore(dear.noFence, forMutants)
  return [
    of('full', whole, [
      ...safe(whole),
      whole.overwritten && 'a replaced worker wrote',
      whole.states < statesMin && `only ${whole.states} states`,
      Object.values(whole.ends).includes(0) && 'an end that is never reached',
    ]),
    ...Object.entries(mutants).map(([name, mutant]) => {
      const explored = explore(mutant, forMutants, false)
      return of(name, explored, [
        explored.doubleSync === null && 'no second sync was found',
        !mutant.intent && explored.afterRevoke === null && 'no sync after a revocation was found',
      ])
    }),
    // Safe, at a price: nothing can be told apart any more, or what is recorded is no longer true.
    of('noToken', noToken, [
      ...safe(noToken),
      noToken.ends.succeeded + noToken.ends.failed > 0 && 'an outcome was told without a token',
      noToken.ends.review === 0 && 'no review',
    ]),
    of('noFence', noFence, [...safe(noFence), !noFence.overwritten && 'no replaced worker wrote']),
  ]
}
