import { openAnchors } from '#lib/anchors/open.ts'
import { signerPlaces } from '#lib/audit/keys.ts'
import { clock } from '#lib/platform/clock.ts'
import { getConfig } from '#lib/platform/config.ts'
import { homeDir, readEnv } from '#lib/platform/env.ts'
import { log } from '#lib/platform/log.ts'
import { listen } from '#lib/platform/notify.ts'
import { runCommand } from '#lib/platform/startup-problem.ts'
import { openSigning, type Signing, type SigningOptions } from './signing.ts'

const everyMs = 60_000
/** Several approvals in one moment need one signature. */
const gatherMs = 20
/** The whole log again, from its bytes. */
const checkEveryMs = 600_000
const standbyMs = 5_000

export type RunningSigner = { stop: () => Promise<void>; health: () => Record<string, unknown> }

/**
 * Signs every minute if the log grew, at once when told to, and asks failing anchors again; a broken connection is
 * opened anew. Resolves after the first round. Throws StartupProblem when key, memory and database do not fit.
 */
export async function runSigner(options: SigningOptions): Promise<RunningSigner> {
  let signing: Signing | undefined
  let checkedAtMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let dueAtMs = Number.POSITIVE_INFINITY
  let work = Promise.resolve()
  let stopped = false

  async function once(): Promise<void> {
    signing ??= await openSigning(options)
    const nowMs = clock.monotonicMs()
    if (nowMs - checkedAtMs >= checkEveryMs || signing.health().state === 'refusing') {
      await signing.check()
      checkedAtMs = nowMs
    }
    await signing.round()
    await signing.answer()
  }

  async function again(): Promise<void> {
    try {
      await once()
      wake(Math.min(everyMs, signing?.retryInMs() ?? everyMs))
    } catch (error) {
      log.error('the signer cannot work, it tries again', { error, inMs: standbyMs })
      await signing?.close().catch(() => {})
      signing = undefined
      wake(standbyMs)
    }
  }

  /** Works in `inMs` or earlier, if that was wanted before: many wishes never put it off. */
  function wake(inMs: number): void {
    const atMs = clock.monotonicMs() + inMs
    if (stopped || atMs >= dueAtMs) return
    dueAtMs = atMs
    clearTimeout(timer)
    timer = setTimeout(() => {
      work = work.then(() => {
        dueAtMs = Number.POSITIVE_INFINITY
        return stopped ? undefined : again()
      })
    }, inMs)
  }

  const health = () => signing?.health() ?? { state: 'no database' }
  const listener = await listen(
    options.url,
    (names) => names.log && wake(gatherMs),
    () => wake(0),
  )
  try {
    // What it announces itself wakes it again: that waits for this to end.
    const first = once()
    work = first.catch(() => {})
    await first
  } catch (error) {
    await listener.close()
    await signing?.close()
    throw error
  }
  log.info('signer ready', health())
  const pulse = setInterval(() => log.info('signer health', health()), everyMs)
  wake(everyMs)
  return {
    health,
    async stop() {
      stopped = true
      clearTimeout(timer)
      clearInterval(pulse)
      await listener.close()
      await work
      // What the others wrote while they ended is signed, too.
      await signing?.round().catch((error: unknown) => log.error('the last entries stay unsigned', { error }))
      await signing?.close()
    },
  }
}

async function main(): Promise<number> {
  const env = readEnv('signer')
  const config = getConfig()
  const signer = await runSigner({
    url: env.DATABASE_URL_SIGNER as string,
    places: signerPlaces(homeDir(), env.COUNTERSIGN_SIGNING_KEY),
    anchors: openAnchors(config.anchors),
  })
  return new Promise((resolve) => {
    const end = () => void signer.stop().then(() => resolve(0))
    process.once('SIGTERM', end)
    process.once('SIGINT', end)
  })
}

if (import.meta.main) await runCommand(main)
