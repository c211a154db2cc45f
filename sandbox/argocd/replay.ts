import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ManualClock, manualClock } from '#sandbox/world/clock.ts'
import { createWorld, type World } from '#sandbox/world/world.ts'
import { type Argo, startArgo } from './server.ts'

export type Recorded = {
  request: { method: string; path: string; as: string; body?: unknown; headers?: Record<string, string> }
  response: {
    status: number
    headers: Record<string, string>
    body?: unknown
    frames?: { ms: number; data: string }[]
  }
}

export type Answer = { status: number; headers: Headers; body: unknown; text: string }

const folder = join(import.meta.dirname, '../recordings/argocd')

/** Names of all recordings, as `folder/name`. */
export function recordingNames(): string[] {
  return readdirSync(folder).flatMap((area) =>
    readdirSync(join(folder, area)).map((file) => `${area}/${file.replace(/\.json$/, '')}`),
  )
}

export function recording(name: string): Recorded {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
}

/** Messages of a stream: what stands between the framing. Keep-alives are left out. */
export function messagesOf(text: string): unknown[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^data: /, '').trim())
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

/** A sandbox in the state in which the recording began, and the means to ask it the recorded questions. */
export class Replay {
  readonly answers = new Map<string, Answer>()
  readonly clock: ManualClock
  readonly world: World
  #argo: Argo | undefined

  constructor() {
    this.clock = manualClock('2026-11-23T09:19:51Z')
    this.world = createWorld({ clock: this.clock, fleet: 'recorded' })
  }

  async start(): Promise<void> {
    this.#argo = await startArgo(this.world, { tokensIssuedAt: '2026-11-23T09:14:22Z', keepAliveMs: 20 })
  }

  async close(): Promise<void> {
    await this.#argo?.close()
    this.world.close()
  }

  get argo(): Argo {
    if (!this.#argo) throw new Error('not started')
    return this.#argo
  }

  /** Asks one recorded question exactly as it was asked. */
  async ask(...names: string[]): Promise<void> {
    for (const name of names) {
      const response = await this.#send(recording(name))
      const text = await response.text()
      this.answers.set(name, answerOf(response, text))
    }
  }

  /**
   * Opens a recorded stream, lets `story` happen, and closes it when as many messages came as the world sent
   * and `enough` agrees.
   */
  async watch(name: string, story: () => Promise<void>, enough = (_text: string) => true): Promise<void> {
    const recorded = recording(name)
    const wanted = new URL(recorded.request.path, 'http://sandbox').searchParams
    const controller = new AbortController()
    const response = await this.#send(recorded, controller.signal)
    let text = ''
    const read = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString('utf8')
    })().catch(() => undefined)
    const snapshot = this.world.inner.names.filter((application) => this.#shows(wanted, application)).length
    await until(() => messagesOf(complete(text)).length >= snapshot || recorded.response.status !== 200)
    let sent = 0
    const stop = this.world.subscribe(({ app }) => {
      if (this.#shows(wanted, app.name) || app.spec.project === wanted.get('projects')) sent += 1
    })
    await story()
    stop()
    const filtered = wanted.has('fields') || recorded.response.status !== 200
    await until(() => (filtered || messagesOf(complete(text)).length >= snapshot + sent) && enough(text))
    controller.abort()
    await read
    this.answers.set(name, answerOf(response, text))
  }

  #shows(wanted: URLSearchParams, name: string): boolean {
    const app = this.world.inner.apps.get(name)
    const project = wanted.get('projects')
    return (wanted.get('name') ?? name) === name && (project ?? app?.spec.project) === app?.spec.project
  }

  #send({ request }: Recorded, signal?: AbortSignal): Promise<Response> {
    const { tokens, url } = this.argo
    const forged = `${tokens.countersign.slice(0, -4)}AAAA`
    const bearer: Record<string, string | undefined> = {
      ...tokens,
      anonymous: undefined,
      'forged signature': forged,
      'garbage bearer': 'garbage',
    }
    const token = bearer[request.as]
    const body = typeof request.body === 'string' ? request.body : JSON.stringify(request.body)
    return fetch(`${url}${request.path}`, {
      method: request.method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(request.method === 'GET' ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: body ?? '' }),
      ...(signal ? { signal } : {}),
    })
  }
}

const complete = (text: string) => text.slice(0, text.lastIndexOf('\n') + 1)

function answerOf(response: Response, text: string): Answer {
  const isJson = response.headers.get('content-type') === 'application/json' && !text.includes('}\n')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text, text }
}

/** Waits for a condition that others bring about; gives up after five seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('waited five seconds in vain')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
