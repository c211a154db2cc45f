import type pg from 'pg'
import { endStates, openStates } from '#lib/releases/release.ts'
import type { FakeArgo } from './testing.ts'

/** I1–I13 of audit-security 3.7 for the releases of some applications, from Postgres and from what Argo CD accepted. */

type Decided = { person: string; kind: string; digest: string; seq: number | null }
type Intended = {
  n: number
  token: string
  digest: string
  epoch: number
  pre: string
  seq: number | null
  inTime: boolean
  afterQuiet: boolean
  covered: number
}
export type Told = {
  id: string
  application: string
  state: string
  waitingFor: string | null
  ending: string | null
  epoch: number
  frozen: string
  requester: string
  required: number
  digest: string
  revision: string
  decisions: Decided[]
  intents: Intended[]
  moves: string[]
}

const states = [...openStates, ...endStates].map((state) => `release.${state}`)

/** Everything the invariants speak of, in one look. */
export async function look(client: pg.Client, applications: readonly string[]): Promise<Told[]> {
  const found = await client.query<Told>(
    `SELECT r.id, r.application_id AS application, r.state, r.waiting_for AS "waitingFor", r.ending, r.epoch,
       r.plan_digest || r.requester_account || r.requester_person || r.required_approvals || r.policy_digest AS frozen,
       r.requester_person AS requester, r.required_approvals AS required, r.plan_digest AS digest,
       convert_from(p.body, 'UTF8')::jsonb -> 'revisions' ->> 0 AS revision,
       coalesce((SELECT json_agg(json_build_object('person', d.person_id, 'kind', d.kind, 'digest', d.plan_digest, 'seq', l.seq))
         FROM rel.decision d LEFT JOIN audit.log l ON l.event_id = d.event_id WHERE d.release_id = r.id), '[]') AS decisions,
       coalesce((SELECT json_agg(json_build_object('n', i.n, 'token', i.token, 'digest', i.plan_digest, 'epoch', i.epoch,
           'pre', i.pre_state_hash, 'seq', l.seq, 'inTime', i.created_at <= r.not_after, 'covered', c.size,
           'afterQuiet', i.created_at > (SELECT quiet_until FROM rel.intent f WHERE f.release_id = r.id AND f.n = 1)) ORDER BY i.n)
         FROM rel.intent i JOIN audit.receipt c ON c.id = i.receipt_id LEFT JOIN audit.log l ON l.event_id = i.event_id
         WHERE i.release_id = r.id), '[]') AS intents,
       coalesce((SELECT json_agg(e.type ORDER BY l.seq) FROM audit.event e JOIN audit.log l ON l.event_id = e.id
         WHERE e.release_id = r.id AND e.type = ANY($2)), '[]') AS moves
     FROM rel.release r JOIN rel.plan p ON p.digest = r.plan_digest WHERE r.application_id = ANY($1) ORDER BY r.id`,
    [applications, states],
  )
  return found.rows
}

/** What was seen before: some invariants are about what never changes, or never falls. */
export type Memory = Map<string, Pick<Told, 'frozen' | 'epoch'>>

/** The broken invariants in words; none is the only good answer. */
export function broken(
  told: readonly Told[],
  accepted: FakeArgo['accepted'],
  transitions: ReadonlySet<string>,
  memory: Memory,
): string[] {
  const says: string[] = []
  const must = (holds: boolean, invariant: string, of: Told) => {
    if (!holds) says.push(`${invariant}: ${JSON.stringify(of)}`)
  }
  const live = ['requested', 'approved', 'dispatching', 'syncing', 'verifying', 'review']
  for (const application of new Set(told.map((each) => each.application)))
    if (told.filter((each) => each.application === application && live.includes(each.state)).length > 1)
      says.push(`I5: two open releases of ${application}`)
  for (const each of told) {
    const { decisions, intents, moves } = each
    const syncs = accepted.filter(({ release }) => release === each.id)
    const approvers = new Set(decisions.filter(({ kind }) => kind === 'approve').map(({ person }) => person))
    const [first, second] = intents
    if (first || syncs.length > 0) {
      must(approvers.size >= each.required, 'I1 quorum', each)
      must(
        !approvers.has(each.requester) && !decisions.some(({ kind }) => kind === 'reject'),
        'I1 four eyes',
        each,
      )
    }
    must(
      decisions.every(({ digest }) => digest === each.digest),
      'I2',
      each,
    )
    const before = memory.get(each.id)
    must(before === undefined || before.frozen === each.frozen, 'I3', each)
    must(before === undefined || before.epoch <= each.epoch, 'I8 epoch falls', each)
    memory.set(each.id, { frozen: each.frozen, epoch: each.epoch })
    const steps = moves.map((type) => type.slice('release.'.length))
    must(steps[0] === 'requested', 'I13 begins', each)
    must(steps.at(-1) === each.state, 'I13 one entry for each change', each)
    for (const [i, to] of steps.entries())
      if (i > 0) must(transitions.has(`${steps[i - 1]} ${to}`), `I4 ${steps[i - 1]} to ${to}`, each)
    must(first?.inTime !== false, 'I6', each)
    const decidedLast = Math.max(-1, ...decisions.map(({ seq }) => seq ?? Number.POSITIVE_INFINITY))
    must(!first || decidedLast < (first.seq ?? -1), 'I7', each)
    must(
      intents.every(({ epoch }) => epoch <= each.epoch),
      'I8',
      each,
    )
    must(intents.length <= 2 && (!second || (second.afterQuiet && second.pre === first?.pre)), 'I9', each)
    for (const sync of syncs) {
      const intent = intents.find(({ token }) => token === sync.token)
      must(intent?.digest === each.digest && sync.revision === each.revision, 'I10', each)
    }
    must(syncs.length <= 1, 'I11', each)
    must(
      intents.every(({ covered }) => covered > decidedLast),
      'I12',
      each,
    )
  }
  return says
}
