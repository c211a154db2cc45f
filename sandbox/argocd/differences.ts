import type { Difference } from './shape.ts'

type Justified = { path: RegExp; recording?: RegExp; reason: string }

/** Where the sandbox may differ from the recordings, and why. Everything else must agree. */
export const justified: Justified[] = [
  {
    path: /managedFields/,
    reason: 'Bookkeeping of the API server; entries are there, their fields are not told apart as finely.',
  },
  {
    path: /^items\[\]\.metadata\.name$/,
    recording: /events/,
    reason: 'The name of an event ends in the nanosecond in which it was written.',
  },
  {
    path: /status\.sync\.revision$/,
    recording: /list-at-the-end|created-and-deleted/,
    reason:
      'Here all applications of a repository hear of a commit at once; Argo CD polls one after the other.',
  },
  {
    path: /status\.resources\[\]\.health$/,
    recording: /list-at-the-end/,
    reason: 'A watch of Argo CD writes health into the object that its list shares; ours are apart.',
  },
  {
    path: /status\.resources\[\]\.health\.message$/,
    recording: /stream/,
    reason: 'How many of the new pods were counted at that moment.',
  },
  {
    path: /^items\[\]\.info\.apiVersions$/,
    reason: 'The pretend cluster knows fewer kinds than a real one.',
  },
  {
    path: /^nodes\[\]\.(parentRefs\[\]\.)?name$|conditions\[\]\.message$/,
    recording: /resource-tree|managed-resources/,
    reason: 'Names of ReplicaSets and pods end in a hash and in random letters.',
  },
  {
    path: /syncResult\.resources\[\]\.name$|status\.resources\[\]\.name$/,
    reason: 'The name of a hook ends in the second in which it was made.',
  },
]

export const explains = (one: Justified, name: string, difference: Difference) =>
  one.path.test(difference.path) && (one.recording?.test(name) ?? true)
