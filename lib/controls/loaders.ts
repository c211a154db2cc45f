import 'server-only'
import type { Refusal } from '#lib/access/loaders.ts'
import { readScope } from '#lib/access/policy.ts'
import { auditReader, filterOf, recordAuditReading } from '#lib/inquiries/loaders.ts'
import { type InquiryQuery, inquiryTexts, parseInquiryQuery } from '#lib/inquiries/schema.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { getDb } from '#lib/platform/context.ts'
import { type Control, controlsOf } from './control.ts'
import { readFigures } from './data.ts'

export type ControlsView = {
  kind: 'controls'
  query: Pick<InquiryQuery, 'from' | 'to'>
  from: Instant
  to: Instant
  controls: Control[]
  /** Only these projects are counted; null: all of them. */
  projects: string[] | null
  now: Instant
}

/** The eighteen controls with live figures of a period; reading them is an entry of its own. */
export async function loadControls(
  search: Record<string, string | string[] | undefined>,
  zone: string,
): Promise<ControlsView | ({ kind: 'forbidden' } & Refusal)> {
  const viewer = await auditReader()
  if ('kind' in viewer) return viewer
  const { from: first, to: last } = parseInquiryQuery(search).query
  const query = { from: first, to: last }
  const now = clock.now()
  await recordAuditReading(viewer, inquiryTexts({ page: 'audit-controls' }, query))
  const { from, to } = filterOf(query, zone, now)
  const scope = readScope(viewer, 'read:log')
  const seen = scope === 'none' ? { projects: [] } : scope
  const controls = controlsOf(await readFigures(getDb(), seen, { from, to }))
  return { kind: 'controls', query, from, to, controls, projects: seen === 'all' ? null : seen.projects, now }
}
