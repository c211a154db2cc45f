import type { Advisory } from '#lib/argocd/version.ts'
import type { Instant } from '#lib/platform/clock.ts'
import type { InstanceLine } from './instance-line.ts'

/** Whether our account may read a kind of object of an instance. `forbidden` never means that there are none. */
export type Reading = {
  state: 'unknown' | 'read' | 'forbidden' | 'failed'
  detail: string | null
  readAt: Instant | null
}

/** One Argo CD as its page shows it. `account` and `rights` only for who may read everything. */
export type InstanceView = {
  name: string
  webUrl: string | null
  version: string | null
  line: InstanceLine
  detail: string | null
  stateSince: Instant
  lastContactAt: Instant | null
  sweptAt: Instant | null
  applications: number
  advisories: readonly Advisory[]
  sets: Reading
  projects: Reading
  account: {
    name: string | null
    at: Instant
    rights: { words: string; for: string; held: boolean; wanted: boolean }[]
  } | null
}

/** An instance whose kind of object is not read as it should be. */
export type Gap = { instance: string } & Reading
