import 'server-only'
import { redirect } from 'next/navigation'
import { requireViewer } from '#lib/access/viewer.ts'
import { getDb } from '#lib/platform/context.ts'
import { paths } from '#lib/platform/paths.ts'
import { findDefault, listViews } from './data.ts'
import type { Views } from './view.ts'

/** What the menu of views lists. */
export async function loadViews(): Promise<Views> {
  const viewer = await requireViewer()
  return { views: await listViews(getDb(), viewer), groups: viewer.groups }
}

/** At the bare address of the services the view opens that its owner chose for that. */
export async function openDefaultView(search: Record<string, unknown>): Promise<void> {
  if (Object.keys(search).length > 0) return
  const view = await findDefault(getDb(), await requireViewer())
  if (view)
    redirect(paths.services({ ...Object.fromEntries(new URLSearchParams(view.query)), view: view.id }))
}
