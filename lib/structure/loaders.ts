import 'server-only'
import { notFound } from 'next/navigation'
import { readScope } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { nameFrom } from '#lib/catalog/loaders.ts'
import { clock } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import { fallen } from './appset.ts'
import { listProjects, listSets, readPlace, readProject, readSet } from './data.ts'
import { readPageFilter } from './page.ts'
import type {
  ApplicationStructure,
  Paged,
  PageFilter,
  ProjectRow,
  ProjectView,
  SetKey,
  SetRow,
  SetView,
} from './schema.ts'
import { inOrder, projectHere, projectView, setView, windowsFor, windowsOn } from './view.ts'

type Search = Record<string, string | string[] | undefined>
type Listed<Row> = { filter: PageFilter; page: Paged<Row> }

/** The page of ApplicationSets that an address asks for. */
export async function loadSets(search: Search): Promise<Listed<SetRow>> {
  const viewer = await requireViewer()
  const filter = readPageFilter(search)
  return { filter, page: await listSets(getDb(), viewer, clock.now(), filter) }
}

/** One ApplicationSet; what somebody may not read is not there. */
export async function loadSet(params: SetKey): Promise<SetView> {
  const viewer = await requireViewer()
  const key = {
    instance: nameFrom(params.instance),
    namespace: nameFrom(params.namespace),
    name: nameFrom(params.name),
  }
  const found = (await readSet(getDb(), viewer, clock.now(), key)) ?? notFound()
  const order = getConfig().catalog.environments.map((each) => each.name)
  return setView({ ...found, members: inOrder(found.members, order) }, readScope(viewer) === 'all')
}

/** The page of projects that an address asks for. */
export async function loadProjects(search: Search): Promise<Listed<ProjectRow>> {
  const viewer = await requireViewer()
  const filter = readPageFilter(search)
  const now = clock.now()
  const { rows, ...page } = await listProjects(getDb(), viewer, now, filter)
  const shown = rows.map(({ observed, ...row }): ProjectRow => {
    const windows = observed?.spec.syncWindows ?? []
    const description = observed?.spec.description ?? null
    return { ...row, description, windows: windows.length, on: windowsOn(windows, now) }
  })
  return { filter, page: { ...page, rows: shown } }
}

/** Weeks that a calendar may be turned from this one. */
const weeksMax = 60

/** How many weeks from now an address asks for. */
export function readWeek(value: string | string[] | undefined): number {
  const weeks = Number(Array.isArray(value) ? value[0] : value)
  return Number.isInteger(weeks) ? Math.max(-weeksMax, Math.min(weeksMax, weeks)) : 0
}

/** One project and the week of its calendar that an address asks for. */
export async function loadProject(
  params: { instance: string; name: string },
  search: Search,
): Promise<{ view: ProjectView; week: number }> {
  const viewer = await requireViewer()
  const now = clock.now()
  const key = { instance: nameFrom(params.instance), name: nameFrom(params.name) }
  const found = (await readProject(getDb(), viewer, now, key)) ?? notFound()
  const week = readWeek(search.week)
  return { view: projectView(found, now, week), week }
}

/** Set, project and windows of one application, for its page; null when it is not there for this viewer. */
export async function loadApplicationStructure(id: string): Promise<ApplicationStructure | null> {
  const viewer = await requireViewer()
  const db = getDb()
  const now = clock.now()
  const place = await readPlace(db, viewer, id)
  if (!place) return null
  const { instance, namespace, name, project, owner } = place
  const known = await readProject(db, viewer, now, { instance, name: project })
  const key = owner === null ? null : { instance, namespace, name: owner }
  const found = key && (await readSet(db, viewer, now, key))
  const view = found && setView(found, readScope(viewer) === 'all')
  const steps = view?.rolling?.steps ?? []
  const step = steps.find((each) => each.entries.some((entry) => entry.name === name))
  const entries = [...steps.flatMap((each) => each.entries), ...(view?.rolling?.none ?? [])]
  return {
    instance,
    project: {
      name: project,
      read: known?.observed != null,
      here: known?.observed ? projectHere(known.observed.spec, place) : null,
    },
    windows: known?.observed ? windowsFor(known.observed.spec.syncWindows, place, now) : null,
    set: key && {
      ...key,
      readable: found !== null,
      standing: entries.find((entry) => entry.name === name) ?? null,
      step: step ? `${step.n} of ${steps.length}` : null,
      fallen: found?.observed ? fallen(found.observed, place) : null,
    },
  }
}
