import { readdirSync, readFileSync } from 'node:fs'
import { cpuMs } from '../cpu.ts'
import type { Base } from './base.ts'

/** Milliseconds of CPU so far: of the server's processes for connections, and of all its others, autovacuum included. */
export type ServerCpu = { backends: number; others: number }

const fieldsOf = (pid: number) => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** Reads /proc for what a whole server computes; what has ended counts with the postmaster, as one of the others. */
export async function serverCpu({ admin }: Pick<Base, 'admin'>): Promise<() => ServerCpu> {
  const [row] = await admin.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
  const postmaster = Number(fieldsOf(row?.pid ?? 0)[1])
  return () => {
    const ended = fieldsOf(postmaster)
    const cpu = { backends: 0, others: cpuMs(postmaster) + (Number(ended[13]) + Number(ended[14])) * 10 }
    for (const name of readdirSync('/proc')) {
      const pid = Number(name)
      if (!pid) continue
      try {
        if (Number(fieldsOf(pid)[1]) !== postmaster) continue
        const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        cpu[title.includes(' 127.0.0.1(') ? 'backends' : 'others'] += cpuMs(pid)
      } catch {
        // It ended while we looked.
      }
    }
    return cpu
  }
}
