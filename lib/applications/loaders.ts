import 'server-only'
import { cache } from 'react'
import { requireViewer } from '#lib/access/viewer.ts'
import type { ObservedOperation } from '#lib/argocd/operation.ts'
import { loadApplication } from '#lib/plans/loaders.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { getDb } from '#lib/platform/context.ts'
import { loadApplicationStructure } from '#lib/structure/loaders.ts'
import type { ApplicationStructure } from '#lib/structure/schema.ts'
import { historyOf, livesOf, readListed, readMeanings } from './data.ts'
import { type HistoryKey, type Life, type Moment, readKey, writeKey } from './history.ts'
import {
  illOf,
  type Resource,
  type ResourceFilter,
  type ResourcePage,
  resourcePage,
  resourcesOf,
  type Step,
  stepsOf,
} from './resource.ts'
import { type Meaning, type SourceView, sourceViews } from './revision.ts'

type Search = Record<string, string | string[] | undefined>
const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value) || undefined

/** What the first tab of an application shows beside its plan. */
export type Overview = {
  sources: SourceView[]
  meanings: Map<string, Meaning>
  structure: ApplicationStructure | null
  operation: (ObservedOperation & { steps: Step[] }) | null
  /** Resources whose health is not what it should be, the worst first, at most five; `illCount` are all. */
  ill: Resource[]
  illCount: number
  /** The stay in which it is, or the last one. */
  life: Life | null
}

/** Everything of one application that is not its plan. Its right to be read was looked at by `loadApplication`. */
export const loadOverview = cache(async (id: string): Promise<Overview> => {
  const { application, observed, running } = await loadApplication(id)
  const db = getDb()
  const revisions = [...running.revisions, ...(observed?.desiredRevisions ?? [])]
  const [listed, meanings, structure, lives] = await Promise.all([
    readListed(db, id),
    readMeanings(db, application.project, revisions),
    application.gone ? null : loadApplicationStructure(id),
    livesOf(db, id),
  ])
  const operation = observed?.operation ?? null
  const ill = listed ? illOf(resourcesOf(listed)) : []
  return {
    sources: sourceViews(observed?.sources ?? [], running.revisions, observed?.desiredRevisions ?? []),
    meanings,
    structure,
    operation: operation && {
      ...operation,
      steps: listed ? stepsOf(listed.results, resourcesOf(listed)) : [],
    },
    ill: ill.slice(0, 5),
    illCount: ill.length,
    life: lives[0] ?? null,
  }
})

export type ResourcesView = {
  filter: ResourceFilter
  page: ResourcePage
  /** Since when the health is what it is; null while nobody has said any. */
  healthAt: Instant | null
  /** False before the worker has seen them, as with an application that was never understood. */
  known: boolean
}

/** The page of resources that an address asks for. */
export async function loadResources(id: string, search: Search): Promise<ResourcesView> {
  await loadApplication(id)
  const listed = await readListed(getDb(), id)
  const from = Number(one(search.from))
  const filter = {
    q: one(search.q)?.slice(0, 200),
    kind: one(search.kind)?.slice(0, 300),
    from: Number.isInteger(from) && from > 0 ? from : undefined,
  }
  const page = resourcePage(listed ? resourcesOf(listed) : [], filter)
  return { filter, page, healthAt: listed?.healthAt ?? null, known: listed !== null }
}

const historyMax = 25

export type HistoryView = {
  moments: Moment[]
  meanings: Map<string, Meaning>
  /** Where the older ones begin, for the address. */
  next: string | null
  /** Whether newer ones stand before these. */
  older: boolean
}

/** The page of the history that an address asks for: newest first, with no end. */
export async function loadHistoryOf(id: string, search: Search): Promise<HistoryView> {
  const { application } = await loadApplication(id)
  const viewer = await requireViewer()
  const db = getDb()
  const key: HistoryKey | null = readKey(one(search.before))
  const { moments, next } = await historyOf(db, viewer, id, key, historyMax)
  const revisions = moments.flatMap((each) =>
    each.kind === 'deployment'
      ? each.deployment.revisions
      : each.kind === 'attempt'
        ? each.attempt.revisions
        : [],
  )
  const meanings = await readMeanings(db, application.project, revisions)
  return { moments, meanings, next: next && writeKey(next), older: key !== null }
}
