import type { ProofEntry } from '#lib/inquiries/inquiry.ts'

/** What is checked of an item, with the fact it rests on. `met` is null where nobody can tell. */
export type Attribute = { id: string; name: string; met: boolean | null; says: string }

const names = (people: readonly string[]) => (people.length === 0 ? 'nobody' : people.join(', '))

/** Requested, approved by others before it went, anchored, in the log, and how it ended. */
export function attributesOfRelease(
  release: {
    requester: string
    required: number
    approvers: string[]
    standard: boolean
    receipt: string | null
    intents: number
    state: string
    ending: string | null
    glass: boolean
    afterwards: string | null
  },
  entries: readonly ProofEntry[],
): Attribute[] {
  const { requester, required, approvers, standard, receipt, intents, state, ending, glass, afterwards } =
    release
  const has = (type: string) => entries.some((entry) => entry.type === type)
  const wanted = [
    'release.requested',
    'release.intent',
    ...(glass ? ['release.break-glass'] : standard ? [] : ['release.decided']),
  ]
  const missing = wanted.filter((type) => !has(type))
  return [
    { id: 'requested', name: 'Requested', met: has('release.requested'), says: `by ${requester}` },
    glass
      ? {
          ...{ id: 'approved', name: 'Approved by others' },
          met: afterwards === 'approve',
          says: `The glass was broken; afterwards ${afterwards === 'approve' ? 'another person approved' : afterwards === 'object' ? 'another person objected' : 'nobody has decided yet'}`,
        }
      : {
          ...{ id: 'approved', name: 'Approved by others' },
          met: approvers.length >= required,
          says: `${approvers.length} of ${required} before it was sent: ${names(approvers)}${standard ? ', as a standard change' : ''}`,
        },
    {
      ...{ id: 'anchored', name: 'Anchored before it was sent' },
      met: receipt !== null,
      says:
        receipt === null
          ? 'Nothing was sent'
          : `Receipt ${receipt}, ${intents === 1 ? 'one intent' : `${intents} intents`}`,
    },
    {
      ...{ id: 'evidence', name: 'Evidence in the log' },
      met: missing.length === 0,
      says: missing.length === 0 ? `${entries.length} entries` : `No entry ${missing.join(', ')}`,
    },
    {
      ...{ id: 'outcome', name: 'Outcome verified' },
      met: state === 'succeeded' ? true : ['degraded', 'failed', 'review'].includes(state) ? false : null,
      says: `${state}${ending ? `: ${ending}` : ''}`,
    },
  ]
}

/** What ran without a release has no approval: what can be checked is that somebody found it and closed it. */
export function attributesOfOutside(row: {
  finding: string | null
  before: boolean
  closed: string | null
}): Attribute[] {
  if (row.before)
    return [
      {
        ...{ id: 'requested', name: 'Requested', met: null },
        says: 'It ran before Countersign first saw the application: nobody can tell',
      },
    ]
  return [
    { id: 'requested', name: 'Requested', met: false, says: 'No release explains it' },
    {
      ...{ id: 'found', name: 'Found' },
      met: row.finding !== null,
      says: row.finding ?? 'No finding is about it',
    },
    ...(row.finding ? attributesOfFinding(row) : []),
  ]
}

export const attributesOfFinding = ({ closed }: { closed: string | null }): Attribute[] => [
  {
    ...{ id: 'closed', name: 'Closed by another person' },
    met: closed !== null,
    says: closed ?? 'It is still open',
  },
]
