import 'server-only'
import { notFound } from 'next/navigation'
import { readScope } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { instant, plus } from '#lib/platform/clock.ts'
import { getDb } from '#lib/platform/context.ts'
import {
  type Coverage,
  coverage,
  type FindingFilter,
  getFinding,
  listFindings,
  listFindingsFor,
  namesOf,
} from './data.ts'
import { explainFinding, type Finding, type FindingRow, mayCloseFinding } from './finding.ts'
import { type FindingQuery, findingQuerySchema } from './schema.ts'

const dayMs = 86_400_000

export function filterOf({ from, to, before: _page, ...query }: FindingQuery): FindingFilter {
  return {
    ...query,
    from: from === undefined ? undefined : instant(from),
    to: to === undefined ? undefined : plus(instant(to), dayMs),
  }
}

export type FindingsView = { query: FindingQuery; findings: FindingRow[]; next?: string; coverage: Coverage }

/** One page of findings and how far the changes of production are explained, within what the viewer may read. */
export async function loadFindings(
  search: Record<string, string | string[] | undefined>,
): Promise<FindingsView> {
  const scope = readScope(await requireViewer())
  const values = Object.fromEntries(Object.entries(search).map(([key, value]) => [key, [value].flat()[0]]))
  const query = findingQuerySchema.parse(values)
  const db = getDb()
  const page = await listFindings(db, scope, filterOf(query), { before: query.before })
  return { query, ...page, coverage: await coverage(db, scope) }
}

/** Open findings of one application or service, for its page. */
export async function loadOpenFindings(
  of: { application: string } | { service: string },
): Promise<FindingRow[]> {
  const scope = readScope(await requireViewer())
  return (await listFindings(getDb(), scope, { ...of, state: 'open' }, { limit: 20 })).findings
}

/** One finding, and why the viewer cannot close it; undefined when they can. */
export async function loadFinding(id: string): Promise<{ finding: Finding; refusal: string | undefined }> {
  const viewer = await requireViewer()
  const db = getDb()
  const finding = await getFinding(db, readScope(viewer), id)
  if (!finding) notFound()
  const may = mayCloseFinding(finding, viewer, await namesOf(db, viewer.personId))
  return { finding, refusal: may.ok ? undefined : explainFinding(may.refusal) }
}

/** Open findings that wait for this viewer: those they may close. */
export async function loadFindingsForMe(): Promise<FindingRow[]> {
  return listFindingsFor(getDb(), await requireViewer())
}
