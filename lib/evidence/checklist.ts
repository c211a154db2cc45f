/** One thing an auditor asks for about a release. `missing` is red and never left out. */
export type Row = {
  id: RowId
  state: 'there' | 'missing' | 'not-reached'
  says: string
  /** The numbers of the entries it rests on. */
  entries: number[]
}
export type RowId =
  | 'request'
  | 'plan'
  | 'diff'
  | 'policy'
  | 'authors'
  | 'approvals'
  | 'four-eyes'
  | 'step-up'
  | 'anchor'
  | 'intent'
  | 'answer'
  | 'outcome'

/** An entry that was read, with its number. */
export type Entry = { seq: number; value: unknown }

export type Given = {
  /** Ascending; entries of other releases may be among them. */
  entries: readonly Entry[]
  /** The SHA-256 (hex) of each document that is at hand, with its text. */
  documents: ReadonlyMap<string, string>
  receipts: readonly { id: string; size: number }[]
}

/** The value at a path of keys, when every step is an object. */
export function at(value: unknown, ...path: string[]): unknown {
  let here = value
  for (const key of path)
    here = typeof here === 'object' && here !== null ? (here as Record<string, unknown>)[key] : undefined
  return here
}
const text = (value: unknown, ...path: string[]): string => {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}
const number = (value: unknown, ...path: string[]): number => {
  const found = at(value, ...path)
  return typeof found === 'number' ? found : Number.NaN
}
export const typeOf = ({ value }: Entry): string => text(value, 'type')
const seqs = (entries: readonly Entry[]) => entries.map(({ seq }) => seq)
const count = (n: number, one: string) =>
  Number.isNaN(n) ? `an unknown number of ${one}s` : n === 1 ? `1 ${one}` : `${n} ${one}s`
const short = (digest: string) => digest.slice(0, 12)

const ends = ['succeeded', 'degraded', 'failed', 'rejected', 'withdrawn', 'expired', 'stale', 'revoked']
const answers = ['release.accepted', 'release.refused', 'release.ambiguous', 'release.operation-ended']

/** The plan a release asks for, by its digest; empty when no entry says so. */
export const planOf = (release: string, entries: readonly Entry[]): string =>
  text(
    entries.find(
      (entry) => typeOf(entry) === 'release.requested' && text(entry.value, 'subject', 'release') === release,
    )?.value,
    'data',
    'plan',
  )

/** What entries name by digest: a pack holds no other document. */
export const namedBy = (entries: readonly Entry[]): ReadonlySet<unknown> =>
  new Set(entries.flatMap(({ value }) => ['plan', 'document', 'policy'].map((key) => at(value, 'data', key))))

/** The releases that entries are about, in the order of their first entry. */
export const releasesIn = (entries: readonly Entry[]): string[] => [
  ...new Set(entries.map(({ value }) => text(value, 'subject', 'release')).filter(Boolean)),
]

/**
 * What there is about a release and what is missing, from the entries and documents alone: whoever holds a pack comes
 * to the same rows as whoever made it.
 */
export function checklist(release: string, { entries, documents, receipts }: Given): Row[] {
  const own = entries.filter(({ value }) => text(value, 'subject', 'release') === release)
  const of = (...types: string[]) => own.filter((entry) => types.includes(typeOf(entry)))
  const row = (
    id: RowId,
    found: readonly Entry[],
    there: boolean,
    says: string,
    notReached = false,
  ): Row => ({
    id,
    state: there ? 'there' : notReached ? 'not-reached' : 'missing',
    says,
    entries: seqs(found),
  })

  const request = of('release.requested')[0]
  const plan = planOf(release, own)
  const planned = (type: string) =>
    entries.filter(
      (entry) => typeOf(entry) === type && plan !== '' && text(entry.value, 'data', 'plan') === plan,
    )
  const made = planned('plan.created')
  const seen = text(made.at(-1)?.value, 'data', 'document')
  const policyDigest = text(request?.value, 'data', 'policy')
  const policy = documents.get(policyDigest)
  const authors = planned('plan.authors')
  const decided = of('release.decided')
  const approvers = [
    ...new Set(
      decided
        .filter(
          ({ value }) =>
            text(value, 'data', 'decision') === 'approve' && text(value, 'data', 'plan') === plan,
        )
        .map(({ value }) => text(value, 'actor', 'person')),
    ),
  ]
  const required = number(request?.value, 'data', 'requiredApprovals')
  const requester = text(request?.value, 'actor', 'person')
  const glass = of('release.break-glass')[0]
  const afterwards = of('release.retrospective').at(-1)
  const intents = of('release.intent')
  const approved = of('release.approved')
  const end = own.filter((entry) => ends.includes(typeOf(entry).replace('release.', ''))).at(-1)
  const ended = end ? typeOf(end).replace('release.', '') : undefined
  const passed = approved.length > 0 || intents.length > 0
  const reply = of(...answers)

  return [
    row(
      'request',
      request ? [request] : [],
      request !== undefined,
      request
        ? `${requester} asked for plan ${short(plan)}: “${text(request.value, 'data', 'reason')}”.`
        : 'No entry says who asked for this release, and why.',
    ),
    row(
      'plan',
      made,
      made.length > 0 && documents.has(plan),
      made.length === 0
        ? 'No entry says how the plan was made.'
        : documents.has(plan)
          ? `The plan, whole; its SHA-256 is ${short(plan)}, as the entries say.`
          : `The plan ${short(plan)} itself is not here, only its digest.`,
    ),
    row(
      'diff',
      made,
      seen !== '' && documents.has(seen),
      seen !== '' && documents.has(seen)
        ? 'What people saw of the plan: commits, difference (secrets masked), images, checks.'
        : 'What people saw of the plan is not here.',
    ),
    row(
      'policy',
      request ? [request] : [],
      policy !== undefined,
      policy === undefined
        ? 'The policy that was in force is not here, or it is not the one that the request names.'
        : `The policy in force, ${short(policyDigest)}; it asks for ${count(required, 'approval')}.`,
    ),
    row(
      'authors',
      authors,
      authors.length > 0,
      authors.length > 0
        ? 'Who wrote the change, as Git says, by digest.'
        : policy?.includes('"excludeAuthors":false')
          ? 'The policy does not ask who wrote the change.'
          : 'No entry says who wrote the change.',
      policy?.includes('"excludeAuthors":false') === true,
    ),
    glass
      ? brokenRow(glass)
      : row(
          'approvals',
          [...decided, ...approved],
          passed ? approvers.length >= required && approved.length > 0 : decided.length > 0,
          passed || decided.length > 0
            ? `${approvers.length} of ${count(required, 'approval')} of exactly this plan${approvers.length > 0 ? `, by ${approvers.join(' and ')}` : ''}${ended === 'rejected' ? '; it was rejected' : ''}.`
            : 'Nobody decided.',
          !passed,
        ),
    glass
      ? settledRow(glass)
      : row(
          'four-eyes',
          request ? [request, ...decided] : decided,
          request !== undefined && approvers.length > 0 && !approvers.includes(requester),
          approvers.includes(requester)
            ? `${requester} both asked and approved.`
            : approvers.length > 0
              ? 'Who asked did not approve.'
              : 'Nobody approved.',
          !passed && approvers.length === 0,
        ),
    stepUpRow(),
    anchorRow(),
    row(
      'intent',
      intents,
      intents.length > 0,
      intents.length > 0
        ? `${count(intents.length, 'intent')}, written before anything was sent.`
        : 'Nothing was sent to Argo CD.',
      reply.length === 0 && of('release.sent').length === 0,
    ),
    row(
      'answer',
      reply,
      reply.length > 0,
      reply.length > 0
        ? `Argo CD answered: ${reply.map((entry) => [typeOf(entry).replace('release.', '').replace('-', ' '), text(entry.value, 'data', 'phase')].filter(Boolean).join(' ')).join(', ')}.`
        : intents.length > 0
          ? 'No entry says what Argo CD answered.'
          : 'Argo CD was not asked.',
      intents.length === 0,
    ),
    row(
      'outcome',
      end ? [end] : [],
      end !== undefined,
      ended
        ? `It ${ended === 'rejected' || ended === 'withdrawn' || ended === 'revoked' ? 'was ' : ended === 'degraded' || ended === 'stale' ? 'ended ' : ''}${ended}.`
        : 'It is not over.',
      own.length > 0,
    ),
  ]

  function stepUpRow(): Row {
    const asked = policy?.includes('"stepUp":{') === true
    const approvals = decided.filter(({ value }) => text(value, 'data', 'decision') === 'approve')
    const confirmed = of('step-up.confirmed')
    const bare = approvals.filter(({ value }) => {
      const id = text(value, 'data', 'stepUp')
      return !confirmed.some((entry) => id !== '' && text(entry.value, 'data', 'stepUp') === id)
    })
    return row(
      'step-up',
      confirmed,
      approvals.length > 0 && (asked ? bare.length === 0 : confirmed.length > 0),
      !asked
        ? confirmed.length > 0
          ? 'Approved with a sign-in of its own, though the policy does not ask for one.'
          : 'The policy asks for no sign-in of its own for an approval.'
        : approvals.length === 0
          ? 'Nobody approved.'
          : bare.length === 0
            ? 'Each approval rests on a sign-in made for it alone.'
            : `${count(bare.length, 'approval')} without the sign-in of its own that the policy asks for.`,
      !asked || approvals.length === 0,
    )
  }

  /** Sent before others approved: what counts is that another person has since. */
  function brokenRow(glass: Entry): Row {
    const by = text(glass.value, 'actor', 'person')
    const said = text(afterwards?.value, 'data', 'kind')
    const other = text(afterwards?.value, 'actor', 'person')
    const begun = `${by} broke the glass for ${text(glass.value, 'data', 'incident')}: it went before anybody else approved it`
    return row(
      'approvals',
      [glass, ...decided, ...(afterwards ? [afterwards] : [])],
      said === 'approve' && text(afterwards?.value, 'data', 'plan') === plan,
      said === 'approve'
        ? `${begun}; ${other} approved exactly this plan afterwards.`
        : said === ''
          ? `${begun}, and nobody has since.`
          : `${begun}; ${other} objected afterwards: “${text(afterwards?.value, 'data', 'reason')}”.`,
    )
  }

  function settledRow(glass: Entry): Row {
    const other = text(afterwards?.value, 'actor', 'person')
    return row(
      'four-eyes',
      afterwards ? [glass, afterwards] : [glass],
      other !== '' && other !== requester,
      other === ''
        ? 'One person alone so far; another has to look at it.'
        : other === requester
          ? `${requester} both broke the glass and settled it.`
          : 'Who broke the glass did not settle it.',
    )
  }

  function anchorRow(): Row {
    const last = Math.max(decided.at(-1)?.seq ?? -1, glass?.seq ?? -1)
    const bare = intents.filter(({ value }) => {
      const id = text(value, 'data', 'receipt')
      return !receipts.some((receipt) => receipt.id === id && receipt.size > last)
    })
    return row(
      'anchor',
      intents,
      intents.length > 0 && bare.length === 0,
      intents.length === 0
        ? 'Nothing was sent, so no anchor had to confirm the approvals first.'
        : bare.length === 0
          ? 'An anchor outside the database confirmed every approval before anything was sent.'
          : 'No receipt of an anchor covers the approvals before the sync was sent.',
      intents.length === 0,
    )
  }
}
