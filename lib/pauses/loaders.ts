import 'server-only'
import { readScope, type Viewer } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { getDb } from '#lib/platform/context.ts'
import { listPauses, listPlaces } from './data.ts'
import { explainPause, mayPause, mayResume, type Pause, type Place } from './pause.ts'
import { pauseQuerySchema } from './schema.ts'

const ribbonMax = 3
/** More than anybody ever has on at once; what is older stays in the log. */
const onMax = 200

/** The pauses that are on and concern what the viewer may read, newest first, for every page; at most three. */
export async function loadPausesNow(): Promise<{ pauses: Pause[]; more: boolean }> {
  const scope = readScope(await requireViewer())
  const { pauses, next } = await listPauses(getDb(), scope, { on: true, limit: ribbonMax })
  return { pauses, more: next !== undefined }
}

/** A pause with why the viewer cannot end it; undefined when they can. */
export type PauseRow = Pause & { refusal: string | undefined }

export type PausesView = {
  on: PauseRow[]
  past: Pause[]
  before: string | undefined
  next?: string
  /** What the viewer may pause: all of it, one Argo CD, a project; single applications are asked for by name. */
  places: { all: boolean; instances: string[]; projects: string[] }
  /** Why they cannot pause anything; undefined when they can. */
  refusal: string | undefined
}

/** What of these places somebody may pause, and why nothing if nothing. */
function pausable(by: Viewer, found: { instances: string[]; projects: string[] }) {
  const may = (place: Place) => mayPause(place, by).ok
  const anywhere = { ...by, grants: by.grants.map(({ role }) => ({ role })) }
  const allowed = mayPause({ scope: 'all' }, anywhere)
  return {
    refusal: allowed.ok ? undefined : explainPause(allowed.refusal),
    places: {
      all: may({ scope: 'all' }),
      instances: found.instances.filter((instance) => may({ scope: 'instance', instance })),
      projects: found.projects.filter((project) => may({ scope: 'project', project })),
    },
  }
}

/** Pauses that are on, one page of past ones, and what the viewer may do about them. */
export async function loadPauses(search: Record<string, string | string[] | undefined>): Promise<PausesView> {
  const viewer = await requireViewer()
  const scope = readScope(viewer)
  const { before } = pauseQuerySchema.parse({ before: [search.before].flat()[0] })
  const db = getDb()
  const [on, past, found] = await Promise.all([
    listPauses(db, scope, { on: true, limit: onMax }),
    listPauses(db, scope, { on: false, before }),
    listPlaces(db, scope),
  ])
  return {
    on: on.pauses.map((pause) => {
      const may = mayResume(pause, viewer)
      return { ...pause, refusal: may.ok ? undefined : explainPause(may.refusal) }
    }),
    past: past.pauses,
    before,
    ...(past.next !== undefined && { next: past.next }),
    ...pausable(viewer, found),
  }
}
