import 'server-only'
import { type Grant, grantsFor, type Viewer } from '#lib/access/policy.ts'
import type { Reader } from '#lib/catalog/data.ts'
import { digestOf } from '#lib/manifests/digest.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { approverGroups, type PersonView, peopleOf } from '#lib/releases/people.ts'
import type { Release } from '#lib/releases/release.ts'

export type Signers = {
  at: Instant
  /** The rules in force when it was asked for; undefined before any were agreed to. */
  set: { n: number; digest: string; since: Instant; seq: number; covers: boolean } | undefined
  /** Which groups gave which rights then: as today, otherwise than today, or not known. */
  roles: { is: 'same' | 'changed' | 'unknown'; seq: number | null }
  people: (PersonView & {
    decided: 'approve' | 'reject' | null
    signIn: { at: Instant; seq: number } | null
  })[]
  /** Who never signed in before: Countersign did not know them. */
  later: number
}

type Access = { issuer: string; grants: readonly (Grant & { group: string })[] }

type Known = {
  account: string
  person: string
  name: string
  email: string | null
  enabled: boolean
  groups: string[] | null
  issuer: string | null
  at: string | null
  seq: bigint | null
}

const initialsOf = (name: string) =>
  name
    .split(/\s+/)
    .map((part) => part[0] ?? '')
    .join('')
    .slice(0, 2)
    .toUpperCase()

/** Who could have signed `release` when it was asked for, by what the log says of groups, rights and rules at that time. */
export async function readSigners(
  db: Reader,
  release: Release & { createdAt: Instant },
  policy: string,
  access: Access,
  viewer: Viewer,
): Promise<Signers> {
  const at = release.createdAt
  const known = await db.$queryRaw<Known[]>`
    SELECT a.id AS account, a.person_id AS person, coalesce(p.name, a.person_id) AS name, p.email, a.enabled, s.groups, s.issuer, s.at, s.seq
    FROM access.account a LEFT JOIN access.person_detail p ON p.person_id = a.person_id
    LEFT JOIN LATERAL (
      SELECT ARRAY(SELECT jsonb_array_elements_text(convert_from(e.entry, 'UTF8')::jsonb #> '{data,groups}')) AS groups,
        audit.field(e.entry, '{data,issuer}') AS issuer, e.at, l.seq
      FROM audit.event e JOIN audit.log l ON l.event_id = e.id
      WHERE e.actor_id = a.person_id AND e.type = 'sign-in' AND e.at <= ${at} AND audit.field(e.entry, '{actor,account}') = a.id
      ORDER BY e.at DESC LIMIT 1) s ON true
    WHERE a.kind = 'person' ORDER BY a.id`
  const [set] = await db.$queryRaw<
    { n: bigint; digest: string; since: Date; seq: bigint; covers: boolean }[]
  >`
    SELECT v.n, v.set_digest AS digest, v.created_at AS since, l.seq, ${policy} = ANY (s.policies) AS covers
    FROM rel.policy_activation v JOIN rel.policy_set s ON s.digest = v.set_digest LEFT JOIN audit.log l ON l.event_id = v.event_id
    WHERE v.created_at <= ${at}::timestamptz ORDER BY v.n DESC LIMIT 1`
  const [loaded] = await db.$queryRaw<{ roles: string | null; seq: bigint }[]>`
    SELECT audit.field(e.entry, '{data,roles}') AS roles, l.seq FROM audit.event e JOIN audit.log l ON l.event_id = e.id
    WHERE e.type = 'configuration.loaded' AND e.at <= ${at} ORDER BY e.at DESC LIMIT 1`
  const there = known.filter(({ seq }) => seq !== null)
  const viewers = there.map((each): Viewer => {
    const groups = each.issuer === access.issuer ? (each.groups ?? []) : []
    return {
      ...{ accountId: each.account, personId: each.person, name: each.name, initials: initialsOf(each.name) },
      ...(each.email && { email: each.email }),
      ...{ groups, grants: grantsFor(groups, access.grants), service: false, enabled: each.enabled },
    }
  })
  // As if nobody had decided yet: who has, is said beside it.
  const open: Release = { ...release, decisions: [], state: 'requested' }
  const people = peopleOf(open, viewers, viewer, approverGroups(access.grants, release.application), at)
  const missing = release.decisions.filter(({ person }) => !people.some((each) => each.person === person))
  return {
    at,
    set: set && { ...set, n: Number(set.n), since: instant(set.since), seq: Number(set.seq) },
    roles: {
      is: !loaded?.roles ? 'unknown' : loaded.roles === digestOf(access.grants) ? 'same' : 'changed',
      seq: loaded ? Number(loaded.seq) : null,
    },
    people: [
      ...people,
      ...missing.map(({ person, name }) => ({
        ...{ person, name, initials: initialsOf(name), you: person === viewer.personId, groups: [] },
        ...{
          standing: 'excluded' as const,
          why: 'came by this right after it was asked for, or lost it since',
        },
      })),
    ].map((each) => {
      const signIn = there.find(({ person }) => person === each.person)
      return {
        ...each,
        decided: release.decisions.find(({ person }) => person === each.person)?.kind ?? null,
        signIn: signIn?.at ? { at: instant(signIn.at), seq: Number(signIn.seq) } : null,
      }
    }),
    later: known.length - there.length,
  }
}
