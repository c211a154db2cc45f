import { readMoment } from '#lib/past/moment.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { type Only, readOnly, readSide, type Side } from './comparison.ts'

type Search = Record<string, string | string[] | undefined>

/** What the address of the page asks for, as it was understood. */
export type CompareSearch = {
  left: Side
  right: Side
  only: Only
  q: string | undefined
  after: string | undefined
  /** Moments that could not be read, in words. */
  problems: string[]
}

const lengthMax = 300
/** The first value of a name in the address, as text that Postgres takes. */
export const one = (search: Search, name: string) =>
  [search[name]].flat()[0]?.replaceAll('\0', '').trim().slice(0, lengthMax) || undefined

/**
 * Two sides by an address: the last two environments unless told, at the moment of `at` unless a side has its own.
 */
export function readAsked(search: Search, environments: readonly string[], now: Instant): CompareSearch {
  const at = readMoment(one(search, 'at'), now)
  const moment = (name: string) => (one(search, name) === undefined ? at : readMoment(one(search, name), now))
  const [leftAt, rightAt] = [moment('leftAt'), moment('rightAt')]
  const [before = 'staging', last = 'prod'] = environments.slice(-2)
  const side = (name: string, otherwise: string, when: Instant | undefined): Side =>
    readSide(one(search, name), when ?? null) ?? { environment: otherwise, target: null, at: when ?? null }
  return {
    left: side('left', before, leftAt.at),
    right: side('right', last, rightAt.at),
    only: readOnly(one(search, 'only')),
    q: one(search, 'q'),
    after: one(search, 'after'),
    problems: [...new Set([leftAt.problem, rightAt.problem].flatMap((each) => each ?? []))],
  }
}
