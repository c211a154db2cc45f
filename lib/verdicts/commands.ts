import 'server-only'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { record } from '#lib/audit/record.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { notify } from '#lib/platform/notify.ts'
import type { Due } from './data.ts'
import type { Asked } from './inputs.ts'
import type { Verdict, VerdictInput } from './verdict.ts'

/** What is kept so that a verdict can be worked out again: what was asked, what came, and what it was judged to be. */
export type KeptInputs = { input: VerdictInput; asked: Asked[]; failed: string[] }

/** Keeps a verdict with its entry of the log; two workers that judged the same leave one. */
export function saveVerdict(
  db: Db,
  due: Due,
  verdict: Verdict,
  inputs: KeptInputs,
  worker: string,
): Promise<void> {
  const text = JSON.stringify(inputs)
  const digest = createHash('sha256').update(text).digest('hex')
  return inTransaction(db, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`${due.release} ${due.checkpoint}`}, 11))`
    const known = await tx.$queryRaw<unknown[]>`
      SELECT FROM rel.verdict WHERE release_id = ${due.release} AND checkpoint = ${due.checkpoint}`
    if (known.length > 0) return
    const { release, application, service, environment, plan } = due
    const event = await record(tx, {
      type: 'release.verdict',
      actor: { kind: 'worker', name: worker },
      subject: { release, application, service, environment, plan },
      data: {
        checkpoint: due.checkpoint,
        answer: verdict.answer,
        version: verdict.version,
        inputs: digest,
        signals: verdict.signals.map(({ signal, answer, effect }) => ({
          ...{ signal, answer },
          ...(effect !== null && { effect: effect.toFixed(3) }),
        })),
      },
    })
    await tx.$executeRaw`
      INSERT INTO rel.verdict (release_id, checkpoint, version, answer, document, inputs, inputs_digest, event_id)
      VALUES (${release}, ${due.checkpoint}, ${verdict.version}, ${verdict.answer}, ${JSON.stringify(verdict)}::jsonb,
        ${gzipSync(text)}, ${digest}, ${event})`
    await notify(tx, { release, application, log: true })
  })
}
