/**
 * Something outside the code that a person can put right: a taken port, a missing right, a damaged folder.
 * The message is one sentence (or two: what is wrong, what to do) and is shown without a stack trace.
 */
export class StartupProblem extends Error {
  override name = 'StartupProblem'
}

/** Runs a command line's main function: a StartupProblem becomes its sentence and exit code 1. */
export async function runCommand(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main()
  } catch (error) {
    process.exitCode = 1
    if (error instanceof StartupProblem) process.stderr.write(`${error.message}\n`)
    else throw error
  }
}
