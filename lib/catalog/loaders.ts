import 'server-only'
import { notFound } from 'next/navigation'
import { readScope } from '#lib/access/policy.ts'
import { requireViewer, type Viewer } from '#lib/access/viewer.ts'
import { countInbox } from '#lib/inbox/loaders.ts'
import { clock, type Instant, instant } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import { listUnmapped, readMatrix, readService } from './data.ts'
import { readFilter } from './filter.ts'
import { staleSince } from './instance.ts'
import type { MatrixFilter, MatrixPage, ServicePage, UnmappedPage } from './schema.ts'

type Search = Record<string, string | string[] | undefined>

const environments = () => getConfig().catalog.environments

/** The first page that an address asks for. */
export async function loadMatrix(search: Search): Promise<{ filter: MatrixFilter; page: MatrixPage }> {
  const viewer = await requireViewer()
  const filter = readFilter(search)
  return { filter, page: await readMatrix(getDb(), viewer, clock.now(), environments(), filter) }
}

/** A name as it stands in an address; what is not decodable is nobody's name. */
export function nameFrom(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** A service and its releases; what somebody may not read is not there. */
export async function loadService(name: string): Promise<ServicePage> {
  const viewer = await requireViewer()
  return (await readService(getDb(), viewer, clock.now(), environments(), name)) ?? notFound()
}

export async function loadUnmapped(search: Search): Promise<UnmappedPage> {
  const viewer = await requireViewer()
  return listUnmapped(getDb(), viewer, clock.now(), [search.after].flat()[0])
}

export type ShellData = {
  viewer: Viewer
  inboxCount: number
  instances: { name: string; staleSince?: Instant }[]
  now: Instant
}

/** What is around every page; undefined when this person may see nothing at all. */
export async function loadShell(viewer: Viewer): Promise<ShellData | undefined> {
  if (readScope(viewer) === 'none') return undefined
  const db = getDb()
  const now = clock.now()
  const [inboxCount, instances] = await Promise.all([
    countInbox(db, viewer, now),
    db.instance.findMany({ orderBy: { name: 'asc' } }),
  ])
  return {
    viewer,
    inboxCount,
    instances: instances.map(({ name, state, stateSince, lastContactAt }) => {
      const times = {
        stateSince: instant(stateSince),
        lastContactAt: lastContactAt && instant(lastContactAt),
      }
      const since = staleSince({ state, ...times }, now)
      return { name, ...(since && { staleSince: since }) }
    }),
    now,
  }
}
