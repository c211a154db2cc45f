import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StartupProblem } from './startup-problem.ts'

/** Node's own recursive mkdir never returns on file systems that answer ENOENT for what they refuse, such as /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || existsSync(dirname(path)) || dirname(path) === path) throw error
    makeFolder(dirname(path))
    mkdirSync(path)
  }
}

/** Creates a folder with all above it, unless it is there, and makes sure that it can be written to. */
export function ensureWritable(path: string): void {
  try {
    makeFolder(path)
    writeFileSync(join(path, '.writable'), '')
  } catch (error) {
    throw new StartupProblem(
      `Cannot write to ${path} (${(error as NodeJS.ErrnoException).code}): give this account the right to, or choose a folder that it owns.`,
    )
  }
}
