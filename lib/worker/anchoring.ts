import { setTimeout as pause } from 'node:timers/promises'
import type { Anchor, Receipt, SignedHead } from '#lib/audit/anchors.ts'
import type { Queryable } from '#lib/audit/rows.ts'
import { clock } from '#lib/platform/clock.ts'
import { log } from '#lib/platform/log.ts'

const retryMs = { first: 1_000, last: 60_000 }
/** So long the first that answered waits for the others before the signer goes on; they go on by themselves. */
const patienceMs = 1_000

type Standing = { size: number; failures: number; retryAtMs: number; busy?: Promise<void> | undefined }

export type Anchoring = {
  /**
   * Hands `head` to every anchor that does not hold it yet, is not at work on another and not in a pause after a
   * failure. Resolves when all answered, or earlier: a slow one keeps neither the others nor the signer waiting.
   */
  submit: (head: SignedHead) => Promise<void>
  /** Resolves when no anchor is being waited for. */
  settled: () => Promise<unknown>
  /** Milliseconds until an anchor that failed may be asked again; undefined when none failed. */
  retryInMs: () => number | undefined
  standings: () => Record<string, { size: number; failures: number }>
}

async function storeReceipt(pool: Queryable, anchor: Anchor, size: number, receipt: Receipt): Promise<void> {
  await pool.query(
    `WITH receipt AS (
       INSERT INTO audit.receipt (size, anchor, kind, receipt) VALUES ($3, $1, $2, $4)
       ON CONFLICT (size, anchor) DO NOTHING
     )
     INSERT INTO audit.anchor (name, kind, size, anchored_at) VALUES ($1, $2, $3, clock_timestamp())
     ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, size = excluded.size,
       anchored_at = excluded.anchored_at, failing_since = NULL, message = NULL`,
    [anchor.name, anchor.kind, size, receipt],
  )
}

async function storeFailure(pool: Queryable, anchor: Anchor, message: string): Promise<void> {
  await pool.query(
    `INSERT INTO audit.anchor (name, kind, failing_since, message) VALUES ($1, $2, clock_timestamp(), $3)
     ON CONFLICT (name) DO UPDATE SET
       failing_since = coalesce(audit.anchor.failing_since, excluded.failing_since), message = excluded.message`,
    [anchor.name, anchor.kind, message],
  )
}

/** Keeps every anchor up to date on its own: one that is down does not stop the others. */
export async function createAnchoring(pool: Queryable, anchors: readonly Anchor[]): Promise<Anchoring> {
  const known = await pool.query<{ anchor: string; size: string }>(
    'SELECT anchor, max(size) AS size FROM audit.receipt GROUP BY anchor',
  )
  const sizes = new Map(known.rows.map(({ anchor, size }) => [anchor, Number(size)]))
  const standings = new Map<Anchor, Standing>(
    anchors.map((anchor) => [anchor, { size: sizes.get(anchor.name) ?? 0, failures: 0, retryAtMs: 0 }]),
  )

  async function submitTo(anchor: Anchor, standing: Standing, head: SignedHead): Promise<void> {
    const { size } = head.checkpoint
    let receipt: Receipt
    try {
      receipt = await anchor.submit(head)
    } catch (error) {
      const pauseMs = Math.min(retryMs.first * 2 ** standing.failures, retryMs.last)
      standing.failures += 1
      standing.retryAtMs = clock.monotonicMs() + pauseMs
      log.error('anchor did not confirm', {
        anchor: anchor.name,
        size,
        failures: standing.failures,
        pauseMs,
        error,
      })
      await storeFailure(pool, anchor, error instanceof Error ? error.message : String(error))
      return
    }
    await storeReceipt(pool, anchor, size, receipt)
    if (standing.failures > 0) log.info('anchor confirms again', { anchor: anchor.name, size })
    Object.assign(standing, { size, failures: 0, retryAtMs: 0 })
  }

  return {
    async submit(head) {
      const nowMs = clock.monotonicMs()
      const due = [...standings].filter(
        ([, { size, retryAtMs, busy }]) => !busy && size < head.checkpoint.size && retryAtMs <= nowMs,
      )
      const answers = due.map(([anchor, standing]) => {
        standing.busy = submitTo(anchor, standing, head)
          .catch((error: unknown) => {
            log.error('an answer of an anchor is not kept', { anchor: anchor.name, error })
            Object.assign(standing, { failures: 1, retryAtMs: clock.monotonicMs() + retryMs.last })
          })
          .then(() => {
            standing.busy = undefined
            // Wakes those who wait for the receipt, and the signer, who may have signed more meanwhile.
            return pool.query(`SELECT pg_notify('countersign', '{"log":true}')`).then(() => {})
          })
          .catch(() => {})
        return standing.busy
      })
      const patience = new AbortController()
      const late = Promise.race(answers).then(() =>
        pause(patienceMs, undefined, { signal: patience.signal }).catch(() => {}),
      )
      await (answers.length > 0 && Promise.race([Promise.all(answers), late]))
      patience.abort()
    },
    settled: () => Promise.all([...standings.values()].map(({ busy }) => busy)),
    retryInMs() {
      const waits = [...standings.values()]
        .filter(({ failures, busy }) => failures > 0 && !busy)
        .map(({ retryAtMs }) => retryAtMs)
      return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits) - clock.monotonicMs())
    },
    standings: () =>
      Object.fromEntries(
        [...standings].map(([anchor, { size, failures }]) => [anchor.name, { size, failures }]),
      ),
  }
}
