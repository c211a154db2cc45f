import 'server-only'
import type { Db } from '#lib/platform/db.ts'
import type { PolicyRule } from '#lib/releases/policy.ts'
import { proposePolicies } from './commands.ts'
import { rulesInForce } from './data.ts'

/** The policies by which a worker plans: `rules` are those in force when `refresh` was last called. */
export type KeptPolicies = { rules: () => readonly PolicyRule[]; refresh: () => Promise<void> }

/** Hands the configured policies in (see proposePolicies) and keeps those in force at hand. */
export async function keepPolicies(
  db: Db,
  configured: readonly PolicyRule[],
  worker: string,
): Promise<KeptPolicies> {
  await proposePolicies(db, configured, worker)
  let rules = await rulesInForce(db, configured)
  return {
    rules: () => rules,
    refresh: async () => {
      rules = await rulesInForce(db, configured)
    },
  }
}
