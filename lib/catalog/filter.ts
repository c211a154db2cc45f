import type { MatrixFilter } from './schema.ts'

const sorts = ['name', 'deployed', 'team'] as const
const only = ['action', 'mine', 'behind', 'degraded'] as const
/** Longer than any name; a filter is a few letters. */
const textLengthMax = 200
/** A cursor holds two names, written in other letters. */
const cursorLengthMax = 2000

type Search = Record<string, string | string[] | undefined>

/** The filter that an address holds. What is not understood narrows nothing. */
export function readFilter(search: Search): MatrixFilter {
  const text = (name: string, lengthMax = textLengthMax) => {
    const value = [search[name]].flat()[0]?.replaceAll('\0', '').trim().slice(0, lengthMax)
    return value || undefined
  }
  const known = only.find((each) => each === text('only'))
  const health = text('health')
  return defined({
    q: text('q'),
    only: known,
    team: text('team'),
    health: health && /^[^:]+:[^:]+$/.test(health) ? health : undefined,
    sort: sorts.find((each) => each === text('sort')),
    after: text('after', cursorLengthMax),
  })
}

/** The filter with one part changed, from its first page on. Giving a part its present value takes it away. */
export function toggled<K extends keyof MatrixFilter>(
  filter: MatrixFilter,
  name: K,
  value: MatrixFilter[K],
): MatrixFilter {
  return defined({ ...filter, after: undefined, [name]: filter[name] === value ? undefined : value })
}

/** Whether anything is left out because of it. */
export const narrows = ({ q, only, team, health }: MatrixFilter): boolean =>
  [q, only, team, health].some((each) => each !== undefined)

function defined(filter: MatrixFilter): MatrixFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
}
