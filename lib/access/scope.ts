import 'server-only'
import type { Db } from '#lib/platform/db.ts'
import type { Names } from '#lib/platform/notify.ts'
import { can, readScope, type Viewer } from './policy.ts'

/** A project changes seldom; a minute late is not too late for a name. */
const keepMs = 60_000
const entriesMax = 5000

/**
 * Which names a person may hear: those of applications they may read. The project of each name is looked up once
 * for all who ask.
 */
export function createScope(db: Db, nowMs: () => number) {
  const projects = new Map<string, { project: Promise<string | undefined>; atMs: number }>()

  async function lookUp(kind: 'application' | 'release', id: string): Promise<string | undefined> {
    if (kind === 'application')
      return (await db.application.findUnique({ where: { id }, select: { project: true } }))?.project
    const release = await db.release.findUnique({
      where: { id },
      select: { application: { select: { project: true } } },
    })
    return release?.application.project
  }
  function projectOf(kind: 'application' | 'release', id: string): Promise<string | undefined> {
    const known = projects.get(id)
    if (known && nowMs() - known.atMs < keepMs) return known.project
    if (projects.size >= entriesMax) projects.clear()
    // One that cannot be looked up is nobody's, and is asked for again the next time.
    const project = lookUp(kind, id).catch(() => {
      projects.delete(id)
      return undefined
    })
    projects.set(id, { project, atMs: nowMs() })
    return project
  }
  const mayRead = (viewer: Viewer, project: string | undefined) =>
    project !== undefined && can(viewer, 'read', { project })

  async function one(viewer: Viewer, names: Names): Promise<boolean> {
    const { application, release } = names
    if (application !== undefined && !mayRead(viewer, await projectOf('application', application)))
      return false
    return release === undefined || mayRead(viewer, await projectOf('release', release))
  }

  /** The names of `batch` that this person may hear, in order. */
  return async (viewer: Viewer, batch: readonly Names[]): Promise<Names[]> => {
    const scope = readScope(viewer)
    if (scope === 'none') return []
    if (scope === 'all') return [...batch]
    const allowed = await Promise.all(batch.map((names) => one(viewer, names)))
    return batch.filter((_, index) => allowed[index])
  }
}
export type Scope = ReturnType<typeof createScope>
