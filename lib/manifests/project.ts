import type { Json, JsonObject } from './mask.ts'

/**
 * What of a live object was asked for: only the parts that at least one of `shapes` (what is wanted, what was
 * applied) names as well. The rest are defaults of the API server and marks of controllers, which a sync
 * leaves alone; shown as removed they would bury the real change.
 */
export function project(live: Json, shapes: readonly Json[]): Json {
  const told = shapes.filter((shape) => shape !== undefined && shape !== null)
  if (Array.isArray(live)) return projectList(live, told.filter(Array.isArray))
  if (live === null || typeof live !== 'object') return live
  const objects = told.filter(
    (shape): shape is JsonObject => typeof shape === 'object' && !Array.isArray(shape),
  )
  if (objects.length === 0) return live
  return Object.fromEntries(
    Object.entries(live).flatMap(([name, each]) => {
      const inner = objects.flatMap((shape) => (Object.hasOwn(shape, name) ? [shape[name] as Json] : []))
      return inner.length > 0 ? [[name, project(each, inner)]] : []
    }),
  )
}

/** Lists of objects are matched by `name` where every entry has one, otherwise by position. */
function projectList(live: Json[], shapes: Json[][]): Json[] {
  const named = [live, ...shapes].every((list) => list.every((each) => nameOf(each) !== null))
  if (!named) {
    return live.map((each, i) => {
      const inner = shapes.flatMap((list) => (i < list.length ? [list[i] as Json] : []))
      return inner.length > 0 ? project(each, inner) : each
    })
  }
  return live.flatMap((each) => {
    const inner = shapes.flatMap((list) => list.filter((other) => nameOf(other) === nameOf(each)))
    return inner.length > 0 ? [project(each, inner)] : []
  })
}

function nameOf(value: Json): string | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null
  return typeof value.name === 'string' ? value.name : null
}
