import { readFileSync } from 'node:fs'

/** Linux counts a process's time in hundredths of a second. */
const tickMs = 10

/** Milliseconds that a process has computed so far, its own and the kernel's for it. Throws when there is none. */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in parentheses, may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

/** What these processes compute while `work` runs. */
export async function cpuOf(pids: readonly number[], work: () => Promise<unknown>): Promise<number> {
  const sum = () => pids.reduce((all, pid) => all + cpuMs(pid), 0)
  const before = sum()
  await work()
  return sum() - before
}
