/** So many approvals from people of one group. */
export type Demand = { group: string; count: number }

/**
 * What a release needs: `total` people, and among them every demand with people of its own. One person counts for one
 * group, so whether it is met is a matching, not a count for each group.
 */
export type Quorum = { total: number; groups: readonly Demand[] }

/** One person's approval, with the groups they held when they gave it. */
export type Vote = { person: string; groups: readonly string[] }

/** Subsets of groups are tried one by one (Hall), here and in Postgres (rel.approvals): eight make 255. */
export const groupsMax = 8

/** The people a quorum takes at least: the number asked for, or one for each place in a group if that is more. */
export const totalOf = (approvals: number, groups: readonly Demand[]): number =>
  Math.max(
    approvals,
    groups.reduce((sum, { count }) => sum + count, 0),
  )

/** Each person once. Groups are those of all their votes; Postgres lets a person vote once. */
function byPerson(votes: readonly Vote[]): Vote[] {
  const people = new Map<string, Vote>()
  for (const { person, groups } of votes)
    people.set(person, { person, groups: [...(people.get(person)?.groups ?? []), ...groups] })
  return [...people.values()]
}

/**
 * Places in groups that stay empty however the votes are shared out: the largest lack of any set of groups (Hall's
 * theorem in the form of Ore), which is exact.
 */
function lacking(groups: readonly Demand[], votes: readonly Vote[]): number {
  const held = votes.map((vote) => mask(groups, vote.groups))
  let most = 0
  for (let set = 1; set < 1 << groups.length; set++) {
    const asked = groups.reduce((sum, { count }, i) => sum + ((set >> i) & 1 ? count : 0), 0)
    const found = held.filter((each) => each & set).length
    most = Math.max(most, asked - found)
  }
  return most
}

const mask = (groups: readonly Demand[], held: readonly string[]) =>
  groups.reduce((bits, { group }, i) => (held.includes(group) ? bits | (1 << i) : bits), 0)

/** How many more people must approve at the least; 0 when the quorum is met. */
export function missing({ total, groups }: Quorum, votes: readonly Vote[]): number {
  const people = byPerson(votes)
  return Math.max(lacking(groups, people), total - people.length, 0)
}

/** Whether this person's approval would bring the quorum nearer. */
export function helps(quorum: Quorum, votes: readonly Vote[], vote: Vote): boolean {
  return missing(quorum, [...votes, vote]) < missing(quorum, votes)
}

/** Groups of which one more person would fill an empty place, with the places that only each of them can fill. */
export function wanting(quorum: Quorum, votes: readonly Vote[]): Demand[][] {
  const people = byPerson(votes)
  const open = lacking(quorum.groups, people)
  const useful = quorum.groups.filter(
    ({ group }) => lacking(quorum.groups, [...people, { person: '', groups: [group] }]) < open,
  )
  // Groups that one vote could serve hang together: an empty place in one may be filled in the other.
  const islands: Demand[][] = []
  for (const demand of useful) {
    const near = islands.filter((island) =>
      island.some((other) =>
        people.some(({ groups }) => groups.includes(demand.group) && groups.includes(other.group)),
      ),
    )
    const merged = [...near.flat(), demand]
    islands.splice(0, islands.length, ...islands.filter((island) => !near.includes(island)), merged)
  }
  return islands
}

const numbers = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const number = (n: number) => numbers[n] ?? String(n)
const or = new Intl.ListFormat('en-GB', { type: 'disjunction' })

/** What is missing, to follow a number of approvals: `one from /payments/leads`; empty when any approver will do. */
export function missingGroups(quorum: Quorum, votes: readonly Vote[]): string {
  const people = byPerson(votes)
  return wanting(quorum, votes)
    .map((island) => {
      const names = island.map(({ group }) => group)
      const near = quorum.groups.filter(({ group }) => names.includes(group))
      const n = lacking(
        near,
        people.filter(({ groups }) => groups.some((group) => names.includes(group))),
      )
      return `${number(n)} from ${or.format(names)}`
    })
    .join(', ')
}

export type Outlook = {
  missing: number
  /** Those whose approval would help now, by person. */
  useful: Set<string>
  /** Even with everybody who could still approve it is not met; what would then be missing, in words. */
  impossible: string | undefined
}

/** What the votes so far and the people who could still vote make of a quorum. */
export function outlook(quorum: Quorum, votes: readonly Vote[], candidates: readonly Vote[]): Outlook {
  const all = [...votes, ...candidates]
  const left = missing(quorum, all)
  return {
    missing: missing(quorum, votes),
    useful: new Set(candidates.filter((each) => helps(quorum, votes, each)).map(({ person }) => person)),
    impossible: left === 0 ? undefined : missingInWords(left, missingGroups(quorum, all)),
  }
}

/** `two more approvals, one from /payments/leads` */
export const missingInWords = (count: number, groups: string): string =>
  `${number(count)} more ${count === 1 ? 'approval' : 'approvals'}${groups && `, ${groups}`}`
