import 'server-only'
import { instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { StepUp, StepUpPurpose } from './step-up.ts'

/** A step-up with its answer and whether something rests on it; null when there is none. */
export async function getStepUp(db: Db | Tx, id: string): Promise<StepUp | null> {
  const row = await db.stepUp.findUnique({ where: { id } })
  if (!row) return null
  const proof = await db.stepUpProof.findUnique({ where: { stepUpId: id } })
  const used = await db.decision.findFirst({ where: { stepUpId: id }, select: { id: true } })
  const broken = await db.$queryRaw<unknown[]>`SELECT 1 FROM rel.break_glass WHERE step_up_id = ${id}`
  return {
    id,
    purpose: row.purpose as StepUpPurpose,
    release: row.releaseId,
    application: row.applicationId,
    plan: row.planDigest,
    account: row.accountId,
    acr: row.acr,
    askedAt: instant(row.createdAt),
    proof: proof && { authTime: instant(proof.authTime), acr: proof.acr, amr: proof.amr },
    used: used !== null || broken.length > 0,
  }
}
