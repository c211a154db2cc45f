import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import type { Verifier } from '#lib/audit/checkpoint.ts'
import { cosign, cosignerOf, formatCosignerVkey } from '#lib/audit/cosignature.ts'
import { createSigningKey, readSigningKey, readVkeys, signerPlaces, writeDurably } from '#lib/audit/keys.ts'
import { judge, type Witnessed } from '#lib/audit/witness.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { log } from '#lib/platform/log.ts'
import { runCommand, StartupProblem } from '#lib/platform/startup-problem.ts'

export type WitnessOptions = {
  name: string
  /** Key, vkey and what was cosigned last; nothing else is kept. */
  dir: string
  logs: readonly Verifier[]
  host?: string
  /** 0 takes a free one. */
  port: number
  now?: () => Instant
}

const bodyBytesMax = 64 << 10
const witnessedSchema = z.record(
  z.string(),
  z.object({
    size: z.int().min(0),
    root: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .transform((hex): Uint8Array => Buffer.from(hex, 'hex')),
  }),
)

/** What was cosigned last of each log. Never a guess: a file that cannot be read stops the witness. */
async function readWitnessed(path: string): Promise<Map<string, Witnessed> | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return new Map(Object.entries(witnessedSchema.parse(JSON.parse(text))))
  } catch {
    throw new StartupProblem(`${path} cannot be read: restore it; it says what this witness cosigned last.`)
  }
}

async function openKey(name: string, places: ReturnType<typeof signerPlaces>, known: boolean) {
  const key = await readSigningKey(places, name)
  if (!key && known)
    throw new StartupProblem(
      `The key ${places.key} is missing, and this witness cosigned before: restore it.`,
    )
  const { privateKey } = key ?? (await createSigningKey(places, name))
  return cosignerOf(name, privateKey)
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > bodyBytesMax) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/**
 * A witness (C2SP tlog-witness) with a key of its own: cosigns what only grew, one request after another, and remembers
 * before it answers. Rejects with the listener's error when the port is taken, with StartupProblem when its folder does
 * not hold what it must.
 */
export async function startWitness(options: WitnessOptions) {
  const { name, dir, logs, host = '127.0.0.1', port, now = clock.now } = options
  const places = signerPlaces(dir, join(dir, 'key.pem'))
  const statePath = join(dir, 'witnessed.json')
  const before = await readWitnessed(statePath)
  const cosigner = await openKey(name, places, before !== undefined)
  const vkey = formatCosignerVkey(cosigner)
  await writeDurably(join(dir, 'witness.vkey'), `${vkey}\n`, 0o444)
  const witnessed = before ?? new Map<string, Witnessed>()
  let work = Promise.resolve()

  async function answer(body: string): Promise<{ status: number; text: string; type?: string }> {
    const judged = judge(body, logs, (origin) => witnessed.get(origin))
    if (judged.kind === 'refuse') {
      const { status, why, size } = judged
      if (status === 409 || status === 422) log.warn('the witness refuses', { why, request: body })
      return size === undefined
        ? { status, text: `${why}\n` }
        : { status, text: `${size}\n`, type: 'text/x.tlog.size' }
    }
    const { origin, text, next } = judged
    const all = new Map([...witnessed, [origin, next]])
    const stored = [...all].map(([key, { size, root }]) => [
      key,
      { size, root: Buffer.from(root).toString('hex') },
    ])
    await writeDurably(statePath, `${JSON.stringify(Object.fromEntries(stored))}\n`, 0o600)
    witnessed.set(origin, next)
    return { status: 200, text: cosign(text, Math.floor(Date.parse(now()) / 1000), cosigner) }
  }

  const server = createServer(async (request, response) => {
    const body = await bodyOf(request).catch(() => undefined)
    if (request.method !== 'POST' || request.url !== '/add-checkpoint' || body === undefined) {
      response.writeHead(body === undefined ? 400 : 404).end()
      return
    }
    // Check and memory are one step: two at once could cosign two histories.
    const mine = work.then(() => answer(body))
    work = mine.then(
      () => {},
      () => {},
    )
    const { status, text, type } = await mine.catch((error: unknown) => {
      log.error('the witness cannot remember, and does not cosign', { error })
      return { status: 500, text: 'out of order\n', type: undefined }
    })
    response.writeHead(status, { 'content-type': type ?? 'text/plain; charset=utf-8' }).end(text)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  const address = server.address()
  return {
    url: `http://${host}:${typeof address === 'object' ? address?.port : port}`,
    vkey,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await work
    },
  }
}

const usage = `npm run witness -- --name NAME --dir FOLDER --log FILE… [--host HOST] [--port PORT]
Cosigns the checkpoints of a log that only grows (C2SP tlog-witness); run it on a machine of its own.
  --name NAME    how it is called in its cosignatures, such as witness.example.com/audit
  --dir FOLDER   its key, made on the first start, its vkey, and what it cosigned last
  --log FILE     the key of the log: log.vkey of the signer; several may be given`

async function main(): Promise<number> {
  const options = {
    name: { type: 'string' },
    dir: { type: 'string' },
    log: { type: 'string', multiple: true },
    host: { type: 'string' },
    port: { type: 'string' },
  } as const
  const { values } = parseArgs({ options })
  const { name, dir, log: files, host, port = '4790' } = values
  if (!name || !dir || !files || !/^\d{1,5}$/.test(port)) throw new StartupProblem(usage)
  const read = await Promise.all(files.map((file) => readVkeys(file)))
  const missing = files.find((_, i) => read[i] === undefined)
  if (missing !== undefined)
    throw new StartupProblem(`There is no ${missing}: copy log.vkey from the signer.`)
  const logs = read.flatMap((keys) => keys ?? [])
  const witness = await startWitness({ name, dir, logs, port: Number(port), ...(host && { host }) })
  log.info('witness ready', { url: witness.url, vkey: witness.vkey, logs: logs.map((key) => key.name) })
  return new Promise((resolve) => {
    const end = () => void witness.close().then(() => resolve(0))
    process.once('SIGTERM', end)
    process.once('SIGINT', end)
  })
}

if (import.meta.main) await runCommand(main)
