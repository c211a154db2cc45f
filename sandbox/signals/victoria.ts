import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPackaged, freePort } from './debian.ts'

/** The real VictoriaMetrics, or a sentence why there is none to be had. */
export const findVictoria = (cacheDir: string): Promise<{ binary: string } | { missing: string }> =>
  findPackaged('victoria-metrics', cacheDir)

export type Victoria = {
  url: string
  /** Stores samples in the text format and resolves when they can be read. */
  load: (lines: readonly string[]) => Promise<void>
  stop: () => Promise<void>
}

/** Starts one on a free port of 127.0.0.1 with an empty folder of its own. */
export async function startVictoria(binary: string): Promise<Victoria> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-vm-'))
  const port = await freePort()
  const args = [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-retentionPeriod=1y',
    '-search.latencyOffset=0s',
    '-loggerLevel=ERROR',
  ]
  const child = spawn(binary, args, { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  const asked = async (path: string, init?: RequestInit) => (await fetch(url + path, init)).ok
  for (const until = Date.now() + 20_000; ; ) {
    if (await asked('/health').catch(() => false)) break
    if (Date.now() > until || child.exitCode !== null) throw new Error('VictoriaMetrics did not start')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  return {
    url,
    async load(lines) {
      if (!(await asked('/api/v1/import/prometheus', { method: 'POST', body: lines.join('\n') })))
        throw new Error('VictoriaMetrics did not take the samples')
      await asked('/internal/force_flush')
      await asked('/internal/resetRollupResultCache')
    },
    async stop() {
      child.kill()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
