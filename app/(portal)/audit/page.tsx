import type { Metadata } from 'next'
import { Forbidden } from '#components/access/forbidden.tsx'
import { Workspace } from '#components/audit/workspace.tsx'
import { loadWorkspace } from '#lib/inquiries/loaders.ts'

export const metadata: Metadata = { title: 'Audit' }

/** Where an auditor begins. */
export default async function AuditPage() {
  const view = await loadWorkspace()
  return view.kind === 'forbidden' ? <Forbidden refusal={view} /> : <Workspace view={view} />
}
