import { can, type Grant, type Viewer, type Where } from '#lib/access/policy.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { type Candidate, candidates, type Release } from './release.ts'

/** One line of the four-eyes panel. */
export type PersonView = {
  person: string
  name: string
  initials: string
  you: boolean
  standing: Candidate['standing']
  why?: string
  /** Those of their groups that give the right to decide here, or that the policy asks for. */
  groups: string[]
  at?: Instant
  comment?: string
}

/** The groups that may decide on releases there, as the configuration names them. */
export function approverGroups(grants: readonly (Grant & { group: string })[], where: Where): string[] {
  const nobody = {
    accountId: '',
    personId: '',
    name: '',
    initials: '',
    groups: [],
    service: false,
    enabled: true,
  }
  const giving = grants.filter((grant) => can({ ...nobody, grants: [grant] }, 'decide:release', where))
  return [...new Set(giving.map(({ group }) => group))]
}

const order = { approved: 0, rejected: 1, 'can-approve': 2, excluded: 3 } as const

/**
 * Who decided, who still could and who is excluded and why, one line a person. Somebody who decided and has left
 * since is still there: a decision never loses its name.
 */
export function peopleOf(
  release: Release,
  people: Viewer[],
  viewer: Viewer,
  groups: readonly string[],
  now: Instant,
): PersonView[] {
  const counting = new Set([...groups, ...(release.groups ?? []).map(({ group }) => group)])
  const lines = new Map<string, PersonView>()
  for (const { viewer: each, standing, why } of candidates(release, people, now)) {
    const known = lines.get(each.personId)
    if (known && order[known.standing] <= order[standing]) continue
    lines.set(each.personId, {
      person: each.personId,
      name: each.name,
      initials: each.initials,
      you: each.personId === viewer.personId,
      standing,
      groups: each.groups.filter((group) => counting.has(group)),
      ...(why && { why }),
    })
  }
  for (const { person, name, kind, at, comment } of release.decisions) {
    const standing = kind === 'approve' ? 'approved' : 'rejected'
    const gone = { person, name, initials: '–', you: person === viewer.personId, groups: [] }
    lines.set(person, { ...gone, ...lines.get(person), standing, at, ...(comment && { comment }) })
  }
  return [...lines.values()].sort(
    (a, b) => order[a.standing] - order[b.standing] || a.name.localeCompare(b.name),
  )
}
