import type { Instant } from '#lib/platform/clock.ts'
import type { Relation } from './relation.ts'

/** What narrows and orders the matrix; all of it stands in the address. */
export type MatrixFilter = {
  /** Part of a service, application, team, version or image. */
  q?: string | undefined
  only?: 'action' | 'mine' | 'behind' | 'degraded' | undefined
  team?: string | undefined
  /** `prod:Degraded`: a column's key and a health as Argo CD says it. */
  health?: string | undefined
  /** By what needs action unless told: by name, newest deployment first, or by team with the viewer's own first. */
  sort?: 'name' | 'deployed' | 'team' | undefined
  /** Where a page begins, as `next` and `previous` of a page give it. */
  after?: string | undefined
}

/** One environment, or one target of it. */
export type Column = {
  /** `prod`, or `prod/eu` with a target. */
  key: string
  environment: string
  target: string | null
  protected: boolean
  /** Whether most of its applications are synced by Argo CD itself. */
  automatic: boolean
  /** How many applications have each health. */
  healths: Record<string, number>
}

/** One application as the matrix and the page of its service show it. */
export type Cell = {
  application: string
  name: string
  instance: string
  /** Null when nothing is known. */
  version: string | null
  /** What each source was resolved to, shortened, where there are several; else empty. */
  revisions: string[]
  health: string
  healthSince: Instant | null
  sync: string
  deployedAt: Instant | null
  relation: Relation | null
  /** Why it is so, in a sentence. */
  why: string | null
  problem: string | null
  /** When its Argo CD was last heard of, if that is too long ago. */
  asOf: Instant | null
  /** A release here waits for who is looking. */
  mine: boolean
  release: string | null
  /** A freeze or a shut deployment window holds its releases back; until when, as far as anybody knows. */
  frozen?: { until: Instant | null }
  /** How many more applications are this service in this environment. */
  more: number
}

export type ServiceRow = {
  service: string
  team: string | null
  tier: string | null
  /** By the key of the column; none where it is not deployed. */
  cells: Record<string, Cell>
}

export type MatrixPage = {
  at: Instant
  columns: Column[]
  rows: ServiceRow[]
  /** Services that fit the filter, and all that this person may see. */
  total: number
  /** Whether `total` is where counting stopped, to be shown as "1,000+". */
  totalIsMinimum: boolean
  services: number
  /** Position of the first row, from 1. */
  from: number
  next?: string
  previous?: string
  counts: { mine: number; action: number; behind: number; degraded: number }
  teams: string[]
  /** Those of `teams` that the viewer belongs to: named like the last part of one of their groups. */
  myTeams: string[]
  unmapped: number
  /** The projects that this person may read; null for all of them. */
  projects: string[] | null
}

/** A release in the list of its service. */
export type ServiceRelease = {
  id: string
  state: string
  environment: string
  target: string | null
  requester: string
  reason: string
  approved: number
  required: number
  createdAt: Instant
}

export type ServicePage = {
  service: string
  team: string | null
  tier: string | null
  columns: (Column & { cells: Cell[] })[]
  releases: ServiceRelease[]
  /** Whether there are older ones. */
  more: boolean
}

/** What no rule maps, a page at a time. */
export type UnmappedPage = { applications: UnmappedApplication[]; total: number; next?: string }

export type UnmappedApplication = {
  id: string
  instance: string
  name: string
  project: string
  reason: string
  problem: string | null
  asOf: Instant | null
}
