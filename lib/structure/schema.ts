import type { SetCondition, SyncWindow } from '#lib/argocd/structure.ts'
import type { Gap } from '#lib/instances/schema.ts'
import type { Instant } from '#lib/platform/clock.ts'
import type { Fallen, Step } from './appset.ts'
import type { GeneratorWords } from './generator.ts'
import type { Allowed, Destination, Permission } from './project.ts'
import type { Day, Outlook } from './window.ts'

/** A list page by key: `next` and `previous` are cursors for the address. */
export type Paged<Row> = { rows: Row[]; total: number; next?: string; previous?: string; gaps: Gap[] }
export type PageFilter = { q?: string | undefined; after?: string | undefined; before?: string | undefined }

export type SetKey = { instance: string; namespace: string; name: string }
export type SetRow = SetKey & {
  project: string
  applications: number
  /** Owned, and no longer listed by the set. */
  unlisted: number
  rolling: boolean
  trouble: string | null
  problem: string | null
  asOf: Instant | null
}

/** An application as lists of sets and projects show it. */
export type Member = {
  id: string
  name: string
  service: string | null
  environment: string | null
  target: string | null
  version: string | null
  health: string
  sync: string
}

export type SetView = SetKey & {
  project: string | null
  webUrl: string | null
  problem: string | null
  asOf: Instant | null
  observedAt: Instant
  pattern: { generators: GeneratorWords[]; policy: string; text: string; names: string }
  conditions: (SetCondition & { trouble: boolean; remedy: string | null })[]
  members: Member[]
  memberCount: number
  fallen: (Fallen & { member: Member })[]
  /** Listed by the set and not seen in the catalog. */
  unseen: string[]
  /** Argo CD cut its list at this many of so many. */
  cut: { listed: number; of: number } | null
  rolling: { steps: (Omit<Step, 'entries'> & { entries: Standing[] })[]; none: Standing[] } | null
}
/** Where an application stands in a rolling sync. `member` is missing when the catalog does not have it. */
export type Standing = {
  name: string
  status: string
  message: string
  since: Instant | null
  member: Member | null
}

export type ProjectRow = {
  instance: string
  name: string
  description: string | null
  /** False when only its applications tell that it exists. */
  read: boolean
  problem: string | null
  applications: number
  windows: number
  /** The windows that are on at this moment. */
  on: { kind: string; words: string }[]
  asOf: Instant | null
}

export type WindowView = SyncWindow & {
  zone: string
  outlook: Outlook
  about: string
  problem: string | null
}
/** A week of all windows of one time zone. `days` belong to the window of the same place in `windows`. */
export type WeekView = {
  zone: string
  monday: string
  /** This moment by the zone's clock. */
  now: { date: string; minute: number }
  windows: { index: number; days: Day[] }[]
}

export type ProjectView = {
  instance: string
  name: string
  webUrl: string | null
  asOf: Instant | null
  problem: string | null
  /** Null when our account has not read it. */
  rules: null | {
    observedAt: Instant
    description: string | null
    sources: Allowed[]
    namespaces: string[]
    destinations: Destination[]
    scopedClustersOnly: boolean
    clusterWide: string
    namespaced: string
    orphans: string
    signatures: string[]
    accounts: string[]
    permissions: Permission[]
    unreadPolicies: { role: string; text: string }[]
    roles: { name: string; description: string | null; groups: string[]; tokens: number }[]
    windows: WindowView[]
    weeks: WeekView[]
  }
  members: Member[]
  memberCount: number
  sets: SetKey[]
}

/** What the page of an application shows of its set, its project and that one's windows. */
export type ApplicationStructure = {
  instance: string
  /** `here`: what the project says about this application; null where it could not be read. */
  project: {
    name: string
    read: boolean
    here: { destination: boolean; rights: Permission[] } | null
  }
  /** `by`: the windows that decide, as people call them. */
  windows: {
    assigned: number
    automated: boolean
    manual: boolean
    by: string[]
    until: Instant | null
    /** All that are about it, in the order of the project. */
    list: { words: string; kind: string; manualSync: boolean; outlook: Outlook }[]
  } | null
  set:
    | (SetKey & { readable: boolean; standing: Standing | null; step: string | null; fallen: Fallen | null })
    | null
}
