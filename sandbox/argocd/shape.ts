/** How two JSON values differ, path by path; `[]` stands for any place in a list. */
export type Difference = { path: string; what: string }

const typeOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value)

/** Keys whose values must be equal, not only of the same type: they are what a client decides by. */
const exact = new Set([
  'automated',
  'canSync',
  'code',
  'error',
  'hook',
  'hookPhase',
  'hookType',
  'images',
  'kind',
  'message',
  'modified',
  'name',
  'namespace',
  'path',
  'phase',
  'project',
  'prune',
  'reason',
  'ref',
  'repoURL',
  'retryCount',
  'revision',
  'revisions',
  'status',
  'syncPhase',
  'targetRevision',
  'type',
  'username',
  'value',
])

/** Texts that hold an object of their own. */
const inner = new Set(['liveState', 'targetState', 'normalizedLiveState', 'predictedLiveState', 'manifests'])

function parsed(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value
}

/** Every key of `recorded` must be in `actual` with the same type, and no other. */
export function differences(recorded: unknown, actual: unknown, path = ''): Difference[] {
  const key = path.replace(/\[\]$/, '').split('.').at(-1) ?? ''
  if (inner.has(key) && typeof recorded === 'string' && typeof actual === 'string')
    return differences(parsed(recorded), parsed(actual), `${path}{}`)
  const [left, right] = [typeOf(recorded), typeOf(actual)]
  if (left !== right) return [{ path, what: `${left} expected, ${right} found` }]
  if (Array.isArray(recorded) && Array.isArray(actual)) {
    const count =
      recorded.length === actual.length
        ? []
        : [{ path, what: `${recorded.length} items expected, ${actual.length} found` }]
    const common = recorded.slice(0, actual.length)
    return [...count, ...common.flatMap((item, index) => differences(item, actual[index], `${path}[]`))]
  }
  if (typeof recorded === 'object' && recorded !== null)
    return objectDifferences(recorded as Tree, actual as Tree, path)
  if (!exact.has(key) || recorded === actual) return []
  return [{ path, what: `${JSON.stringify(recorded)} expected, ${JSON.stringify(actual)} found` }]
}

type Tree = Record<string, unknown>

function objectDifferences(recorded: Tree, actual: Tree, path: string): Difference[] {
  const at = (key: string) => (path === '' ? key : `${path}.${key}`)
  const extra = Object.keys(actual).filter((key) => !(key in recorded))
  return [
    ...extra.map((key) => ({ path: at(key), what: 'not expected' })),
    ...Object.entries(recorded).flatMap(([key, value]) =>
      key in actual ? differences(value, actual[key], at(key)) : [{ path: at(key), what: 'missing' }],
    ),
  ]
}

type Frame = { result?: { type?: string; application?: { operation?: unknown; status?: object } } }

/** Messages of a watch without those that only say that somebody looked again. */
export function course(messages: unknown[]): unknown[] {
  const said = messages.map((message) => {
    const { type, application } = (message as Frame).result ?? {}
    return JSON.stringify([type, application?.operation, { ...application?.status, reconciledAt: 0 }])
  })
  return messages.filter((_, index) => index === 0 || said[index] !== said[index - 1])
}

type Node = { kind: string; images?: string[]; info?: { value?: string }[] }

/** Nodes of a tree in an order that the hashes in their names do not decide. */
export function ordered(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('nodes' in body)) return body
  const key = ({ kind, images, info }: Node) => JSON.stringify([kind, images, info?.at(-1)?.value])
  return { ...body, nodes: (body.nodes as Node[]).toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) }
}
