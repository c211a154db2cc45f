import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPackaged, freePort } from './debian.ts'

/** Debian's build looks for its templates here and nowhere else. */
const templates = '/usr/share/prometheus/alertmanager'

/** The real Alertmanager of Debian, or a sentence why there is none to be had. */
export async function findAlertmanager(cacheDir: string): Promise<{ binary: string } | { missing: string }> {
  const found = await findPackaged('prometheus-alertmanager', cacheDir)
  if ('missing' in found || existsSync(join(templates, 'email.tmpl'))) return found
  try {
    mkdirSync(templates, { recursive: true })
    cpSync(join(found.folder, templates), templates, { recursive: true })
    return found
  } catch {
    return { missing: `its templates cannot be put to ${templates} without being root` }
  }
}

export type Alertmanager = {
  url: string
  /** As a rule's evaluation would: alerts without an end fire. */
  send: (alerts: readonly object[]) => Promise<void>
  /** Answers with the id. */
  silence: (silence: object) => Promise<string>
  stop: () => Promise<void>
}

/** Starts one on a free port of 127.0.0.1 that tells `webhook` at once. */
export async function startAlertmanager(
  binary: string,
  webhook: { url: string; secret: string },
): Promise<Alertmanager> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-am-'))
  const config = join(folder, 'alertmanager.yml')
  const waits = { group_wait: '0s', group_interval: '1s', repeat_interval: '1h' }
  const authorization = { type: 'Bearer', credentials: webhook.secret }
  // YAML takes JSON as it is.
  const text = JSON.stringify({
    global: { resolve_timeout: '1h' },
    route: { receiver: 'countersign', group_by: ['...'], ...waits },
    receivers: [
      { name: 'countersign', webhook_configs: [{ url: webhook.url, http_config: { authorization } }] },
    ],
  })
  writeFileSync(config, text)
  const port = await freePort()
  const args = [
    `--config.file=${config}`,
    `--storage.path=${folder}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    '--log.level=error',
  ]
  const child = spawn(binary, args, { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  for (const until = Date.now() + 20_000; ; ) {
    const ready = await fetch(`${url}/-/ready`)
      .then(({ ok }) => ok)
      .catch(() => false)
    if (ready) break
    if (Date.now() > until || child.exitCode !== null) throw new Error('Alertmanager did not start')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status}: ${await answer.text()}`)
    return answer
  }
  return {
    url,
    send: async (alerts) => void (await post('/api/v2/alerts', alerts)),
    silence: async (silence) => (await (await post('/api/v2/silences', silence)).json()).silenceID,
    async stop() {
      child.kill()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
