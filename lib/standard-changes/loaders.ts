import 'server-only'
import { readScope } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import type { Result } from '#lib/platform/result.ts'
import { listStandardChanges, type StandardChangeUse, standardChangeOf, usesOf } from './data.ts'
import {
  explainStandardChange,
  mayProposeSomewhere,
  maySign,
  mayStop,
  type StandardChange,
  type StandardChangeRefusal,
} from './standard-change.ts'

export type StandardChangeView = StandardChange & {
  uses: StandardChangeUse[]
  /** Why the viewer cannot sign it, or stop it; undefined when they can. */
  signing: string | undefined
  stopping: string | undefined
}

const why = (allowed: Result<null, StandardChangeRefusal>) =>
  allowed.ok ? undefined : explainStandardChange(allowed.refusal)

/**
 * The newest standard changes that the viewer may see, each with its uses, at most thirty; where one can be proposed, and
 * why the viewer can propose none.
 */
export async function loadStandardChanges() {
  const viewer = await requireViewer()
  const db = getDb()
  const found = await listStandardChanges(db, readScope(viewer), 30)
  const listed: StandardChangeView[] = await Promise.all(
    found.map(async (given) => ({
      ...given,
      uses: await usesOf(db, given.id),
      signing: why(maySign(given, viewer)),
      stopping: why(mayStop(given, viewer)),
    })),
  )
  const environments = getConfig()
    .catalog.environments.filter((each) => each.protected)
    .map(({ name }) => name)
  return { listed, environments, proposing: why(mayProposeSomewhere(viewer)) }
}

/** The standard change that a release went under, for whoever may see the release. */
export const loadStandardChangeOf = (release: string): Promise<StandardChange | undefined> =>
  standardChangeOf(getDb(), release)
