import { runCommand } from '#lib/platform/startup-problem.ts'
import { judge } from './judge.ts'

/** `npm run model`: every interleaving at the large bound. */
async function main(): Promise<number> {
  const startedMs = performance.now()
  const judged = judge({ claims: 4, crashes: 2, humans: 1 }, { claims: 3, crashes: 1, humans: 1 }, 200_000)
  for (const { name, explored, faults } of judged) {
    const { states, edges, doubleSync, stuck } = explored
    const shown = doubleSync ? `two syncs after ${doubleSync.length} steps` : `no second sync, ${stuck} stuck`
    const verdict = faults.length > 0 ? `WRONG: ${faults.join('; ')}` : 'as it should be'
    process.stdout.write(`${name}: ${states} states, ${edges} edges, ${shown}: ${verdict}\n`)
  }
  process.stdout.write(`${Math.round((performance.now() - startedMs) / 1000)} s\n`)
  return judged.some(({ faults }) => faults.length > 0) ? 1 : 0
}

if (import.meta.main) await runCommand(main)
