import 'server-only'
import { notFound } from 'next/navigation'
import { requireViewer } from '#lib/access/viewer.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import type { SignalLink } from '#lib/releases/links.ts'
import { linkWindow, signalLinks } from '#lib/releases/links.ts'
import { hasPlace, readMatrixThen, readServicesThen, readSteps } from './data.ts'
import { type Grid, readGrid } from './grid-read.ts'
import { readMoment } from './moment.ts'
import { type PersonLately, readApplicationsOf, readPeople } from './people-read.ts'
import type { MatrixThen, Moment } from './schema.ts'

type Search = Record<string, string | string[] | undefined>

/** What is wrong with the moment of an address, and where the field begins. */
export type WrongMoment = { problem: string; moment: Moment }

export type MatrixThenPage = { moment: Moment; page: MatrixThen; q: string | undefined }
export type ServiceThenPage = {
  moment: Moment
  service: string
  page: Pick<MatrixThen, 'environments' | 'rows'>
  grid: Grid
}

const environments = () => getConfig().catalog.environments
const order = () => environments().map(({ name }) => name)
const text = (search: Search, name: string) =>
  [search[name]].flat()[0]?.replaceAll('\0', '').trim().slice(0, 200) || undefined

const momentOf = async (at: Instant, services: readonly string[], now: Instant): Promise<Moment> => ({
  at,
  now,
  ...(await readSteps(getDb(), await requireViewer(), at, services)),
})

/** What an address says of a moment: none (then it is now), one in the past, or a text that is none. */
export async function loadMoment(
  search: Search,
): Promise<{ is: 'now' } | { is: 'then'; at: Instant } | ({ is: 'wrong' } & WrongMoment)> {
  const now = clock.now()
  const { at, problem } = readMoment(text(search, 'at'), now)
  if (problem !== undefined) return { is: 'wrong', problem, moment: await momentOf(now, [], now) }
  return at === undefined ? { is: 'now' } : { is: 'then', at }
}

/** A page of the matrix at a moment. */
export async function loadMatrixThen(search: Search, at: Instant): Promise<MatrixThenPage> {
  const viewer = await requireViewer()
  const q = text(search, 'q')
  const page = await readMatrixThen(getDb(), viewer, at, environments(), { q, after: text(search, 'after') })
  const services = page.rows.map(({ service }) => service)
  return { moment: await momentOf(at, services, clock.now()), page, q }
}

/** One service at a moment; 404 for one that never was, or that may not be seen. */
export async function loadServiceThen(
  service: string,
  search: Search,
  at: Instant,
): Promise<ServiceThenPage> {
  const viewer = await requireViewer()
  const db = getDb()
  if (!(await hasPlace(db, viewer, service))) notFound()
  const page = await readServicesThen(db, viewer, at, environments(), [service])
  const grid = await readGrid(db, viewer, service, at, order(), text(search, 'after'))
  return { moment: await momentOf(at, [service], clock.now()), service, page, grid }
}

/** Where to look at one application of a service, and whether Argo CD gave up on it. */
export type ApplicationLately = { id: string; place: string; gaveUp: string | null; links: SignalLink[] }

export type ServiceLately = {
  at: Instant
  grid: Grid
  people: PersonLately[]
  applications: ApplicationLately[]
}

/** What the page of a service says beyond what runs now: its history, people and links. Within the viewer's scope. */
export async function loadServiceLately(service: string, search: Search): Promise<ServiceLately> {
  const viewer = await requireViewer()
  const [db, now] = [getDb(), clock.now()]
  const grid = await readGrid(db, viewer, service, now, order(), text(search, 'after'))
  const people = await readPeople(db, viewer, service, now)
  const found = await readApplicationsOf(db, viewer, service)
  const { signals } = getConfig()
  const names = order()
  const applications = found
    .toSorted((a, b) => names.indexOf(b.environment) - names.indexOf(a.environment))
    .map(({ id, since, gaveUp, ...subject }): ApplicationLately => {
      const window = linkWindow({ createdAt: since, syncedAt: since, finishedAt: null }, now)
      const place = [subject.environment, subject.target].filter(Boolean).join(' ')
      return { id, place, gaveUp, links: signalLinks(signals, subject, window) }
    })
  return { at: now, grid, people, applications }
}
