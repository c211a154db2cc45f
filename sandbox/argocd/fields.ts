import type { ApplicationJson } from './application.ts'

type Tree = { [key: string]: unknown }

/** The list's allow-list. `null`: a missing value is written as null; `omit`: it is left out. */
const listed: Record<string, 'null' | 'omit'> = {
  'metadata.annotations': 'null',
  'metadata.creationTimestamp': 'null',
  'metadata.deletionTimestamp': 'null',
  'metadata.labels': 'null',
  'metadata.name': 'null',
  'metadata.namespace': 'null',
  'operation.sync': 'omit',
  spec: 'null',
  'spec.destination': 'null',
  'spec.project': 'null',
  'spec.source': 'null',
  'spec.sourceHydrator': 'null',
  'spec.sources': 'null',
  'spec.syncPolicy': 'null',
  'status.health': 'null',
  'status.operationState.finishedAt': 'omit',
  'status.operationState.operation.sync': 'omit',
  'status.operationState.phase': 'omit',
  'status.operationState.startedAt': 'omit',
  'status.resources': 'null',
  'status.sourceHydrator': 'null',
  'status.summary': 'null',
  'status.sync.revision': 'null',
  'status.sync.status': 'null',
}

function at(value: unknown, path: string[]): unknown {
  let here: unknown = value
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = (here as Tree)[key]
  }
  return here
}

function put(tree: Tree, path: string[], value: unknown): void {
  let here = tree
  for (const key of path.slice(0, -1)) {
    here[key] ??= {}
    here = here[key] as Tree
  }
  here[path.at(-1) ?? ''] = value
}

function valueAt(json: ApplicationJson, path: string): unknown {
  // Argo CD's oddity: asked for the operation's request, it returns the sync's result.
  if (path === 'status.operationState.operation.sync')
    return at(json, ['status', 'operationState', 'syncResult'])
  if (path === 'status.sync.revision') return at(json, path.split('.')) ?? ''
  return at(json, path.split('.'))
}

export type ListFields = (json: ApplicationJson) => unknown

/** The list's `fields`: only paths of the allow-list that begin with `items.`; others are ignored in silence. */
export function listFields(parameter: string): ListFields {
  const exclude = parameter.startsWith('-')
  const asked = new Set(
    (exclude ? parameter.slice(1) : parameter)
      .split(',')
      .filter((field) => field.startsWith('items.'))
      .map((field) => field.slice('items.'.length)),
  )
  const paths = Object.keys(listed).filter((path) => asked.has(path) !== exclude)
  return (json) => {
    const tree: Tree = {}
    for (const path of paths) {
      const value = valueAt(json, path)
      if (value === undefined && listed[path] === 'omit') continue
      put(tree, path.split('.'), value ?? null)
    }
    return tree
  }
}

/** The stream's `fields`: any path below `result.`, keys in order of the alphabet. */
export function streamFields(parameter: string): (frame: unknown) => unknown {
  const paths = parameter
    .split(',')
    .filter((field) => field.startsWith('result.'))
    .map((field) => field.slice('result.'.length).split('.'))
    .sort((a, b) => (a.join('.') < b.join('.') ? -1 : 1))
  return (frame) => {
    const tree: Tree = {}
    for (const path of paths) {
      const value = at(frame, path)
      if (value !== undefined) put(tree, path, value)
    }
    return tree
  }
}
