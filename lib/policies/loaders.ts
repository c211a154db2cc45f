import 'server-only'
import { diffArrays } from 'diff'
import { requireViewer } from '#lib/access/viewer.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import { activation, listPast, listProposals, openProposal, type ProposalRow, rulesInForce } from './data.ts'
import { ruleLines, setLines } from './policy-set.ts'
import { explainPolicy, mayDecidePolicy } from './proposal.ts'
import { policyQuerySchema } from './schema.ts'
import { type Simulated, type SimulationSummary, simulate, summarise } from './simulation.ts'

export type PolicyLine = { kind: 'same' | 'added' | 'removed'; text: string }

export type PoliciesView = {
  /** The rules in force, each in lines; none means that two people approve everything. */
  rules: string[][]
  since: { n: number; at: Instant } | null
  proposal:
    | (Omit<ProposalRow, 'rules'> & {
        lines: PolicyLine[]
        /** What it would have asked of the releases of the last ninety days. */
        simulated: SimulationSummary
        /** Those of which it asks something else. */
        different: Simulated[]
        cut: boolean
        /** Why the viewer cannot decide; undefined when they can. */
        refusal: string | undefined
      })
    | null
  past: Omit<ProposalRow, 'rules'>[]
  before: string | undefined
  next: string | undefined
}

const pageMax = 20
/** More would take longer than somebody waits for a page; the page says that there are more. */
const simulatedMax = 200
const shownMax = 50

function linesBetween(before: string[], after: string[]): PolicyLine[] {
  return diffArrays(before, after).flatMap(({ added, removed, value }) =>
    value.map((text): PolicyLine => ({ kind: added ? 'added' : removed ? 'removed' : 'same', text })),
  )
}

/** The policies in force, the change that waits for two people, and earlier ones. Everybody signed in may read them. */
export async function loadPolicies(
  search: Record<string, string | string[] | undefined>,
): Promise<PoliciesView> {
  const viewer = await requireViewer()
  const { before } = policyQuerySchema.parse({ before: [search.before].flat()[0] })
  const db = getDb()
  const [rules, since, open, listed] = await Promise.all([
    rulesInForce(db, getConfig().policies),
    activation(db),
    openProposal(db),
    listProposals(db, pageMax + 1, before),
  ])
  const past = listed.slice(0, pageMax).filter(({ id }) => id !== open?.id)
  return {
    rules: rules.map(ruleLines),
    since,
    proposal: open ? await proposalOf(open, rules, mayDecidePolicy(open, viewer)) : null,
    past: past.map(({ rules: _rules, ...rest }) => rest),
    before,
    next: listed.length > pageMax ? listed[pageMax - 1]?.id : undefined,
  }
}

async function proposalOf(
  { rules: proposed, ...open }: ProposalRow,
  rules: Awaited<ReturnType<typeof rulesInForce>>,
  allowed: ReturnType<typeof mayDecidePolicy>,
): Promise<NonNullable<PoliciesView['proposal']>> {
  const releases = await listPast(getDb(), simulatedMax)
  const all = simulate(proposed, releases)
  const different = all.filter(
    ({ was, asks, lacking, stopped }) => was !== asks || lacking > 0 || stopped.length > 0,
  )
  return {
    ...open,
    lines: linesBetween(setLines(rules), setLines(proposed)),
    simulated: summarise(all),
    different: different.slice(0, shownMax),
    cut: different.length > shownMax || releases.length === simulatedMax,
    refusal: allowed.ok ? undefined : explainPolicy(allowed.refusal),
  }
}
