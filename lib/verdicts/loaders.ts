import 'server-only'
import { requireViewer } from '#lib/access/viewer.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import { type KeptVerdict, listVerdicts } from './data.ts'
import { dueMs } from './inputs.ts'
import { type Checkpoint, checkpointsMin } from './verdict.ts'

/** Whether a release did harm, as far as it was judged. `dueAt` of a checkpoint that is still to come. */
export type VerdictView = {
  release: string
  measured: boolean
  newest: KeptVerdict | null
  checkpoints: { checkpoint: Checkpoint; kept: KeptVerdict | null; dueAt: Instant }[]
}

type Judged = { id: string; state: string; syncedAt: Instant | null; finishedAt: Instant | null }

/** For the page of a release, whose loader has asked for the right to read it; null where nothing was deployed. */
export async function loadVerdict(release: Judged): Promise<VerdictView | null> {
  await requireViewer()
  const { id, state, syncedAt, finishedAt } = release
  if (!syncedAt || !finishedAt || (state !== 'succeeded' && state !== 'degraded')) return null
  const kept = await listVerdicts(getDb(), id)
  return {
    release: id,
    measured: getConfig().signals.metrics !== undefined,
    newest: kept.at(-1) ?? null,
    checkpoints: checkpointsMin.map((checkpoint) => ({
      checkpoint,
      kept: kept.find((each) => each.checkpoint === checkpoint) ?? null,
      dueAt: instant(dueMs(Date.parse(finishedAt), checkpoint)),
    })),
  }
}
