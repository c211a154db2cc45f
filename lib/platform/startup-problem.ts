/**
 * Something outside the code that a person can put right: a taken port, a missing right, a damaged folder.
 * The message is one sentence (or two: what is wrong, what to do) and is shown without a stack trace.
 */
export class StartupProblem extends Error {
  override name = 'StartupProblem'
}

/**
 * Runs a command line's main function and ends the process with its exit code: libraries leave timers behind that
 * would keep it for seconds. A StartupProblem becomes its sentence and exit code 1.
 */
export async function runCommand(main: () => Promise<number>): Promise<never> {
  try {
    process.exit(await main())
  } catch (error) {
    if (!(error instanceof StartupProblem)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
